import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Env } from '@waybill/core/env'
import { parse, parseDocument, Scalar, visit, type Document } from 'yaml'
import type { Tree } from './walk.ts'

/** A configuration for a whole company has some 10 kB. */
export const MAX_BYTES = 262_144
const MAX_DEPTH = 100
/** The parser compares each key with all others of its mapping. */
const MAX_KEYS = 4000

export interface Parsed {
  readonly model: Tree
  /** Variables that `${…}` names. */
  readonly variables: ReadonlySet<string>
}

/** The file as data, with its variables in place; or why it cannot be had. Never throws; bounded in size and depth. */
export function parseFile(file: string, env: Env): Parsed | { readonly problem: string } {
  let text: string
  try {
    text = readBounded(file)
  } catch (error) {
    return { problem: `cannot be read: ${reasonOf(error)}` }
  }
  if (nesting(text) > MAX_DEPTH) return { problem: `is nested deeper than ${MAX_DEPTH}` }
  if (text.split(/[:?]/, MAX_KEYS + 1).length > MAX_KEYS) return { problem: `has more than ${MAX_KEYS} keys` }
  try {
    const document = parseDocument(text, { version: '1.2', logLevel: 'silent' })
    const [error] = document.errors
    if (error) {
      const [at] = error.linePos ?? []
      const where = at ? ` (line ${at.line}, column ${at.col})` : ''
      // Not the message: it quotes the file, which may hold secrets.
      return { problem: `is no YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}${where}` }
    }
    const variables = substitute(document, env)
    const model: unknown = document.toJS({ maxAliasCount: 100 })
    if (typeof model !== 'object' || model === null || Array.isArray(model))
      return { problem: 'is no mapping' }
    const format = (model as Tree)['file_format']
    if (typeof format !== 'string' && typeof format !== 'number') {
      return { problem: 'has no file_format, which must be "1.0" or "1.1"' }
    }
    if (!/^1(?:\.\d+)?(?:-|$)/.test(String(format))) return { problem: 'has a file_format that is not 1.x' }
    return { model: model as Tree, variables }
  } catch (error) {
    return {
      problem: `is not understood: ${error instanceof ReferenceError ? 'too many aliases' : reasonOf(error)}`,
    }
  }
}

function readBounded(file: string): string {
  // Opened without waiting: a pipe of that name would hang the app.
  const fd = openSync(file, 0x800 /* O_NONBLOCK */)
  try {
    // `bigint`: see all-options.ts.
    const stats = fstatSync(fd, { bigint: true })
    if (!stats.isFile()) throw new Error('it is not a file')
    if (stats.size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
    return readFileSync(fd, 'utf8').slice(0, MAX_BYTES)
  } finally {
    closeSync(fd)
  }
}

/** How deep brackets or indentation go at the most: the parser recurses as deep. */
function nesting(text: string): number {
  let open = 0
  let deepest = 0
  for (const character of text) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++open)
    else if (character === ']' || character === '}') open--
  }
  for (const [dashes] of text.matchAll(/^[ ]*(?:[-?:][ ]+){2,}/gm))
    deepest = Math.max(deepest, dashes.length / 2)
  for (const [indent] of text.matchAll(/^ +/gm)) deepest = Math.max(deepest, indent.length / 10)
  return deepest
}

/**
 * Puts variables in place, in scalar values only: `${VAR}`, `${env:VAR}`, `${VAR:-default}`; `$$` is a `$`.
 * https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution
 */
function substitute(document: Document, env: Env): Set<string> {
  const variables = new Set<string>()
  const replace = (text: string): string =>
    text.replace(
      /\$\$|\$\{(?:env:)?([a-zA-Z_]\w*)(?::-([^\n}]*))?\}/g,
      (whole, name: string | undefined, fallback = '') => {
        if (whole === '$$') return '$'
        variables.add(name!)
        return env[name!] || (fallback as string)
      },
    )
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return
      const text = replace(node.value)
      // Plain text is of the type it looks like once the variable is in place; quoted text stays text.
      node.value = node.type === Scalar.PLAIN && text !== node.value ? typed(text) : text
    },
  })
  return variables
}

function typed(text: string): unknown {
  try {
    const value: unknown = parse(text, { version: '1.2', logLevel: 'silent' })
    return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : text
  } catch {
    return text
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deep'
  const { code, message } = error as { code?: unknown; message?: unknown }
  return typeof code === 'string' ? code : String(message).split('\n', 1)[0]!.slice(0, 80)
}
