import type { KeepConfig, SamplerConfig, SamplingRule, TraceIdKind } from '../../tracing/config.ts'
import type { AttributeValue, ViewConfig } from '../options.ts'
import type { Given, Problem } from '../reader.ts'

/** What no variable can say. */
export interface Settled {
  disabled?: boolean
  sampler?: SamplerConfig
  rules?: SamplingRule[]
  keep?: Partial<KeepConfig>
  traceIds?: TraceIdKind
  views?: ViewConfig[]
  resourceAttributes?: Record<string, AttributeValue>
  instrumentations?: FileInstrumentations[]
}

/** Options of instrumentations, as they stand at `path`. */
export interface FileInstrumentations {
  readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Where one of them stands, for people. */
  from(path: string): string
}

export type Tree = Readonly<Record<string, unknown>>

/** Walks the parsed file: takes out what is understood, and notes what is not. */
export class Walk {
  readonly problems: Problem[] = []
  readonly byVariable: Map<string, Given> = new Map<string, Given>()
  readonly byPath: Map<string, Given> = new Map<string, Given>()
  /** Variables that the file asks for by other means than `${…}`. */
  readonly environment: Set<string> = new Set<string>()
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  /** As a problem shows where a value stands: `waybill.yaml tracer_provider.sampler`. */
  from(path: string): string {
    return `${this.#name} ${path}`
  }

  wrong(path: string, is: string, used: unknown, value?: unknown): undefined {
    const text = scalar(value) ?? ''
    this.problems.push({
      code: 'WAYBILL_BAD_FILE',
      given: { text, from: this.from(path) },
      wrong: { is },
      used,
    })
    return undefined
  }

  /** The mapping at `path`; null is an empty one. Keys that are not `known` are said. */
  tree(value: unknown, path: string, known?: readonly string[]): Tree | undefined {
    if (value === undefined) return undefined
    if (value === null) return {}
    if (!isTree(value)) return this.wrong(path, 'is no mapping', 'nothing of it', value)
    if (known) {
      for (const key of Object.keys(value)) {
        if (!known.includes(key)) this.wrong(join(path, key), 'is not supported here', 'the rest')
      }
    }
    return value
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined || value === null) return []
    if (Array.isArray(value)) return value
    this.wrong(path, 'is no list', 'nothing of it', value)
    return []
  }

  /** A mapping with one key, such as an exporter or a sampler: its name and what it holds. */
  one(value: unknown, path: string): [name: string, content: unknown, path: string] | undefined {
    const tree = this.tree(value, path)
    if (!tree) return undefined
    const keys = Object.keys(tree).filter((key) => tree[key] !== undefined)
    if (keys.length !== 1)
      return this.wrong(path, `must have exactly one key, and has ${keys.length}`, 'nothing of it')
    return [keys[0]!, tree[keys[0]!], join(path, keys[0]!)]
  }

  number(value: unknown, path: string, min: number, max: number, used: unknown): number | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value === 'number' && value >= min && value <= max) return value
    return this.wrong(path, `is not a number from ${min} to ${max}`, used, value)
  }

  texts(value: unknown, path: string): string[] {
    const list = typeof value === 'string' ? [value] : this.list(value, path)
    return list.flatMap((item, index) => {
      const text = scalar(item)
      if (text === undefined) this.wrong(`${path}[${index}]`, 'is no text', 'the rest')
      return text ?? []
    })
  }

  /** The value is what the variable would say; it is checked where that is read. */
  put(variable: string, value: unknown, path: string): void {
    this.#put(this.byVariable, variable, value, path)
  }

  /** The same for what is Waybill's own, by its path in `distribution.waybill`. */
  putOwn(own: string, value: unknown, path: string): void {
    this.#put(this.byPath, own, value, path)
  }

  #put(map: Map<string, Given>, key: string, value: unknown, path: string): void {
    if (value === undefined || value === null || map.has(key)) return
    const text = Array.isArray(value) ? this.texts(value, path).join(',') || 'none' : scalar(value)
    if (text === undefined) this.wrong(path, 'is neither text, number nor true or false', 'the default')
    else if (text.trim() !== '') map.set(key, { text: text.trim(), from: this.from(path) })
  }
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function scalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
