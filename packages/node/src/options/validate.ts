import { parseConfigFile } from '@opentelemetry/configuration'
import { join } from './file/walk.ts'
import type { Problem } from './reader.ts'

const MOST = 20

/**
 * What the schema's own validator has against the file, beside what is noted of the same part already.
 * The file is known to be small and to be YAML. A file of its own, since the validator costs a start 40 ms.
 *
 * @param place where a part stands, for people
 */
export function validate(
  file: string,
  place: (path: string) => string,
  noted: readonly Problem[],
): Problem[] {
  const found = new Map<string, string>()
  for (const line of complaints(file)) {
    const [, pointer = '', what] = /^\s*((?:\/\S*)?)\s(.*)$/.exec(line) ?? []
    const from = place(dotted(pointer))
    if (what === undefined || found.has(from) || noted.some(({ given }) => touches(given.from, from)))
      continue
    found.set(from, what.slice(0, 200))
  }
  return (
    [...found]
      // Of one mistake the validator tells of each part around it too.
      .filter(([from]) => ![...found.keys()].some((other) => isInside(other, from)))
      .slice(0, MOST)
      .map(([from, what]) => ({
        code: 'WAYBILL_BAD_FILE',
        given: { text: '', from },
        wrong: { is: `${what} (says the schema)` },
        used: 'what is understood of it',
      }))
  )
}

/** Lines of a JSON pointer and a sentence. */
function complaints(file: string): string[] {
  try {
    parseConfigFile(file)
    return []
  } catch (error) {
    const message = String((error as Error).message)
    const [first = '', ...rest] = message.split('\n')
    if (rest.length > 0) return rest
    const at = first.indexOf(`${file}: `)
    return at === -1 ? [] : [first.slice(at + file.length + 2)]
  }
}

/** `/tracer_provider/processors/0/batch` → `tracer_provider.processors[0].batch` */
function dotted(pointer: string): string {
  let path = ''
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path = /^\d+$/.test(key) ? `${path}[${key}]` : join(path, key)
  }
  return path
}

function touches(a: string, b: string): boolean {
  return a === b || isInside(a, b) || isInside(b, a)
}

function isInside(inner: string, outer: string): boolean {
  return inner.length > outer.length && inner.startsWith(outer) && /[.[]/.test(inner[outer.length]!)
}
