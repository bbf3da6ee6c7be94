import { context, isSpanContextValid, trace, type Context } from '@opentelemetry/api'
import { currentFields, currentOperationId, hidden, OPERATION_ID, report, type Hidden } from '@waybill/core'

export interface FieldOptions {
  /** `{ trace_id: 'traceId' }` renames a field of ours, `false` or `''` leaves it out. */
  fieldNames?: Readonly<Record<string, string | false>>
  /** Fields of every line, e.g. `service` and `environment`. */
  staticFields?: Readonly<Record<string, string | undefined>>
}

/** What one context adds to a line. */
export interface Fragment {
  /** All parts in one: `,"trace_id":"…","span_id":"…"`; empty where there is nothing to add. */
  readonly text: string
  readonly parts: readonly Part[]
}

export interface Part {
  readonly name: string
  readonly text: string
}

const CORE = ['trace_id', 'span_id', 'trace_flags', OPERATION_ID, 'request_id', 'user_id', 'tenant']
const MAX_FIELDS = 16
const MAX_NAMES = 64
const MAX_VALUE = 256

/** From a context to what it adds to a line. Made once for a configuration; asked once a line. */
export class LineFields {
  readonly #names: Readonly<Record<string, string | false>>
  readonly #statics: readonly Part[]
  // A context never changes, and the lines of one context are many.
  readonly #fragments: Hidden<Fragment> = hidden()
  readonly #heads: Heads
  readonly #known = new Set<string>()
  readonly #namesDiffer: boolean
  #pattern = /(?!)/

  constructor({ fieldNames = {}, staticFields = {} }: FieldOptions = {}) {
    this.#names = fieldNames
    for (const field of CORE) this.#know(this.nameOf(field))
    this.#statics = this.#parts(Object.entries(staticFields))
    this.#heads = {
      trace: headOf(this.nameOf('trace_id')),
      span: headOf(this.nameOf('span_id')),
      flags: headOf(this.nameOf('trace_flags')),
      operation: headOf(this.nameOf(OPERATION_ID)),
      statics: this.#statics.map(({ text }) => text).join(''),
    }
    const names = [
      ...CORE.map((field) => this.nameOf(field)).filter(Boolean),
      ...this.#statics.map(({ name }) => name),
    ]
    this.#namesDiffer = new Set(names).size === names.length
  }

  /** What `ctx` (default: the active context) adds. */
  fragment(ctx: Context = context.active()): Fragment {
    let fragment = this.#fragments.get(ctx)
    if (fragment === undefined) {
      fragment = this.#make(ctx)
      this.#fragments.set(ctx, fragment)
    }
    return fragment
  }

  /** Whether a key of this name may be among those we add. Never wrongly false. */
  has(name: string | null): boolean {
    return this.#known.has(name as string)
  }

  /** Whether JSON text has, at any depth, a key that may be among those we add. Never wrongly false. */
  mentions(json: string): boolean {
    return this.#pattern.test(json)
  }

  /** Changes when a name becomes known, with the first line of a new field. */
  get version(): number {
    return this.#known.size
  }

  /** The name that a field of ours has in the lines; false where it is left out. */
  nameOf(field: string): string | false {
    return (Object.hasOwn(this.#names, field) ? this.#names[field] : field) || false
  }

  #make(ctx: Context): Fragment {
    const parts = (): Part[] => this.#all(ctx)
    const text = this.#ids(ctx) ?? joined(parts())
    return {
      text,
      // Asked for where a line has one of our names already.
      get parts() {
        return parts()
      },
    }
  }

  /** The ids alone, which are all that most contexts have: they need no escapes. Undefined where there is more. */
  #ids(ctx: Context): string | undefined {
    if (!this.#namesDiffer) return undefined
    for (const _ in currentFields(ctx)) return undefined
    const { trace: traceId, span: spanId, flags, operation, statics } = this.#heads
    const span = trace.getSpanContext(ctx)
    let text = ''
    if (span && isSpanContextValid(span)) {
      if (traceId !== '') text = `${traceId}"${span.traceId}"`
      if (spanId !== '') text += `${spanId}"${span.spanId}"`
      if (flags !== '') text += `${flags}"${FLAGS[span.traceFlags & 0xff]!}"`
    }
    const id = currentOperationId(ctx)
    if (id !== undefined && operation !== '') {
      if (!PLAIN_ID.test(id)) return undefined
      text += `${operation}"${id}"`
    }
    return text + statics
  }

  #all(ctx: Context): Part[] {
    const entries: [string, unknown][] = []
    const span = trace.getSpanContext(ctx)
    if (span && isSpanContextValid(span)) {
      const flags = FLAGS[span.traceFlags & 0xff]
      entries.push(['trace_id', span.traceId], ['span_id', span.spanId], ['trace_flags', flags])
    }
    entries.push([OPERATION_ID, currentOperationId(ctx)])
    entries.push(...Object.entries(currentFields(ctx)).slice(0, MAX_FIELDS))
    const parts = this.#parts(entries)
    for (const part of this.#statics) {
      if (!parts.some(({ name }) => name === part.name)) parts.push(part)
    }
    return parts
  }

  #parts(entries: readonly (readonly [string, unknown])[]): Part[] {
    const parts: Part[] = []
    for (const [field, value] of entries) {
      const json = toJson(value)
      const name = this.nameOf(field)
      if (json === undefined || name === false || parts.some((part) => part.name === name)) continue
      if (this.#know(name)) parts.push({ name, text: `,${JSON.stringify(name)}:${json}` })
    }
    return parts
  }

  #know(name: string | false): boolean {
    if (name === false || this.#known.has(name)) return true
    if (this.#known.size === MAX_NAMES) {
      const text = `more than ${MAX_NAMES} different fields in log lines. Left out: ${name.slice(0, 80)}.`
      report(
        'WAYBILL_TELEMETRY_LOST',
        `${text} Use few names, and put what varies into values.`,
        'pino fields',
      )
      return false
    }
    this.#known.add(name)
    const keys = [...this.#known].map((known) =>
      JSON.stringify(known).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
    )
    this.#pattern = new RegExp(`(?:${keys.join('|')}):`)
    return true
  }
}

/** What stands before a value: `,"trace_id":`; empty where the field is left out. */
interface Heads {
  readonly trace: string
  readonly span: string
  readonly flags: string
  readonly operation: string
  /** The static fields with their values. */
  readonly statics: string
}

const headOf = (name: string | false): string => (name === false ? '' : `,${JSON.stringify(name)}:`)
const joined = (parts: readonly Part[]): string => parts.map(({ text }) => text).join('')
const PLAIN_ID = /^[\w-]{1,64}$/
const FLAGS = Array.from({ length: 256 }, (_, flags) => flags.toString(16).padStart(2, '0'))

/** A value as JSON that is safe in a line and on a terminal; undefined where there is nothing to write. */
function toJson(value: unknown): string | undefined {
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  const text = JSON.stringify(value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value)
  // JSON.stringify escapes up to U+001F; a terminal obeys C1 controls too, and some readers break at U+2028.
  return text.replace(/[\u007f-\u009f\u2028\u2029]/g, unicodeEscape)
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
