import type { Env } from '@waybill/core/env'
import type { Code } from '@waybill/core'
import { LOOKS_OURS } from './looks-ours.ts'
import type { Row } from './table.ts'

/** A value as it was written, and where: a variable, or a path in the configuration file. */
export interface Given {
  readonly text: string
  readonly from: string
}

/** One thing that is wrong, as data: problems.ts makes a line of it, where there is any. */
export interface Problem {
  readonly code: Code
  readonly given: Given
  readonly wrong: Wrong
  /** What was asked for, where it has a row. */
  readonly row?: Row
  /** What is used instead. */
  readonly used?: unknown
}

/** How a value is wrong: a key of SENTENCES in problems.ts, or a sentence. */
export type Wrong = { readonly is: string }

/** What a configuration file gives for the rows: by variable, or by path in `distribution.waybill`. */
export interface FileValues {
  /** Has it more than Waybill's own part? Then the specification's variables do not count. */
  readonly whole: boolean
  readonly byVariable: ReadonlyMap<string, Given>
  readonly byPath: ReadonlyMap<string, Given>
}

export type ValueOf<R extends Row> = TypeOf<R> | (R extends { default: unknown } ? never : undefined)
type TypeOf<R extends Row> = {
  text: string
  url: string
  pairs: string
  path: string
  boolean: boolean
  number: number
  choice: R extends { allowed: readonly (infer T)[] } ? T : string
  names: readonly (R extends { allowed: readonly (infer T)[] } ? T : string)[]
  list: readonly string[]
}[R['kind']]

/** Looks up and checks values; one that cannot be understood becomes a problem, and its default is used. */
export class Reader {
  readonly problems: Problem[] = []
  /** Variables that look like ours and were not asked for. */
  readonly unasked: Map<string, string> = new Map<string, string>()
  /** `WAYBILL_INSTRUMENTATION_…`: read by instrumentations.ts. */
  readonly instrumentations: Map<string, string> = new Map<string, string>()
  readonly #env = new Map<string, string>()
  readonly #file: FileValues | undefined
  readonly #code: ReadonlyMap<string, Given | null> | undefined

  /** @param code what is given in code, by variable: it beats the others; null: the variable does not count */
  constructor(env: Env, file?: FileValues, code?: ReadonlyMap<string, Given | null>) {
    this.#file = file
    this.#code = code
    for (const name of Object.keys(env)) {
      if (!LOOKS_OURS.test(name)) continue
      const text = env[name]?.trim()
      // The specification: an empty value is as if the variable were not set.
      if (!text) continue
      if (name.startsWith('WAYBILL_INSTRUMENTATION_')) {
        this.instrumentations.set(name, text)
        continue
      }
      this.#env.set(name, text)
      this.unasked.set(name, text)
    }
  }

  /**
   * Environment before file for what is Waybill's own; for the specification's variables the file alone
   * counts, where there is one. Before both, what is given in code: for all signals, it beats what they say for one.
   */
  given(row: Row, variable: string = row.env): Given | undefined {
    const code = this.#code
    if (code?.has(variable) || code?.has(row.env)) return code.get(variable) ?? undefined
    const file = this.#file
    if (file?.whole && row.file === undefined && !row.always) return file.byVariable.get(variable)
    const own = this.#variable(variable) ?? this.#other(row, variable)
    return (
      own ??
      file?.byVariable.get(variable) ??
      (row.file === undefined ? undefined : file?.byPath.get(row.file))
    )
  }

  /** @param given where it was looked up already; null: there is none */
  read<R extends Row>(row: R, given: Given | null | undefined = this.given(row)): ValueOf<R> {
    return (given ? this.parse(row, given) : row.default) as ValueOf<R>
  }

  /** @param fallback what is used where `given` cannot be understood */
  parse(row: Row, given: Given, fallback: unknown = row.default): unknown {
    const { text } = given
    switch (row.kind) {
      case 'boolean': {
        const lower = text.toLowerCase()
        if (lower === 'true' || lower === 'false') return lower === 'true'
        return this.wrong(given, 'boolean', row, fallback)
      }
      case 'number': {
        const value = Number(text)
        if (!Number.isFinite(value)) return this.wrong(given, 'number', row, fallback)
        if (!row.fraction && !Number.isInteger(value)) return this.wrong(given, 'whole', row, fallback)
        if (value < (row.min ?? 0) || value > (row.max ?? Number.MAX_SAFE_INTEGER)) {
          return this.wrong(given, 'range', row, fallback)
        }
        return value
      }
      case 'choice':
        return find(row.allowed!, text) ?? this.wrong(given, 'choice', row, fallback)
      case 'names':
        return this.#names(row, given, fallback)
      case 'list':
        return items(text)
      case 'url':
        return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text)
          ? text
          : this.wrong(given, 'url', row, fallback, 'WAYBILL_BAD_ENDPOINT')
      default:
        return text
    }
  }

  wrong<T>(given: Given, is: string, row?: Row, used?: T, code: Code = 'WAYBILL_BAD_VALUE'): T {
    this.problems.push({ code, given, wrong: { is }, ...(row && { row }), used })
    return used as T
  }

  /** Some of the names that are allowed, each once; unknown ones are said, and the rest is kept. */
  #names(row: Row, given: Given, fallback: unknown): unknown {
    const list = items(given.text)
    if (list.some((item) => item.toLowerCase() === 'none')) {
      return list.length === 1 ? [] : this.wrong(given, 'none', row, [])
    }
    const kept: string[] = []
    const unknown: string[] = []
    for (const item of list) {
      const name = find(row.allowed!, item)
      if (name === undefined) unknown.push(item)
      else if (!kept.includes(name)) kept.push(name)
    }
    const used = kept.length > 0 ? kept : fallback
    for (const text of unknown) this.wrong({ text, from: given.from }, 'name', row, used)
    return used
  }

  #variable(name: string): Given | undefined {
    this.unasked.delete(name)
    const text = this.#env.get(name)
    return text === undefined ? undefined : { text, from: name }
  }

  #other(row: Row, variable: string): Given | undefined {
    if (!row.also || variable !== row.env) return undefined
    let first: Given | undefined
    for (const name of row.also) first ??= this.#variable(name)
    return first
  }
}

/** The specification: names of choices are read in either case. */
function find(allowed: readonly string[], text: string): string | undefined {
  if (allowed.includes(text)) return text
  const lower = text.toLowerCase()
  return allowed.includes(lower) ? lower : undefined
}

/** `a,b , a` → `['a', 'b']` */
export function items(text: string): string[] {
  const list = text.split(',').map((item) => item.trim())
  return [...new Set(list.filter((item) => item !== ''))]
}
