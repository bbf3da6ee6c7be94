// Readers of OTLP/JSON values that nobody has checked. What is absent (or null) is protobuf's default; what is
// there and of another type makes the record ill-formed.
import type { Attributes, AttributeValue } from '../rows.ts'

/**
 * A record that cannot be kept; the message says why, and never quotes what the sender wrote. Without a stack: a
 * request may hold a million of these, and a stack each would hold up the receiver for seconds.
 */
export class BadRecord extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

export type Fields = Record<string, unknown>

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

export function fieldsOf(value: unknown, what: string): Fields {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw new BadRecord(`${what} must be an object`)
  return value as Fields
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BadRecord(`${what} must be a list`)
  return value
}

export function textOf(value: unknown, what: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new BadRecord(`${what} must be text`)
  return value
}

export function booleanOf(value: unknown, what: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw new BadRecord(`${what} must be true or false`)
  return value
}

/** A 32-bit integer, signed or not; enums are integers in OTLP/JSON. */
export function integerOf(value: unknown, what: string): number {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32) {
    throw new BadRecord(`${what} must be an integer`)
  }
  return value
}

/** A 64-bit integer: decimal text, or a number. */
export function bigintOf(value: unknown, what: string): bigint {
  if (value === undefined || value === null) return 0n
  const readable =
    typeof value === 'number'
      ? Number.isInteger(value)
      : typeof value === 'string' && /^-?\d{1,20}$/.test(value)
  if (!readable) throw new BadRecord(`${what} must be a 64-bit integer`)
  const result = BigInt(value as string | number)
  if (result < INT64_MIN || result > INT64_MAX) throw new BadRecord(`${what} is out of range`)
  return result
}

/** A count, as a number: exact up to 2^53. */
export function countOf(value: unknown, what: string): number {
  const count = bigintOf(value, what)
  if (count < 0n) throw new BadRecord(`${what} must not be negative`)
  return Number(count)
}

/** Nanoseconds since 1970, up to the year 2262. */
export function timeOf(value: unknown, what: string): bigint {
  const time = bigintOf(value, what)
  if (time < 0n) throw new BadRecord(`${what} must not be negative`)
  return time
}

/** A double: a number, or proto3's text for one (`NaN`, `Infinity`, decimal digits). */
export function doubleOf(value: unknown, what: string): number {
  if (value === undefined || value === null) return 0
  if (typeof value === 'number') return value
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  if (typeof value !== 'string' || !/^[-+.\deE]{1,40}$/.test(value) || Number.isNaN(Number(value))) {
    throw new BadRecord(`${what} must be a number`)
  }
  return Number(value)
}

/** A trace id (32 digits) or span id (16) in lower case; undefined where it is absent, empty or all zeros. */
export function idOf(value: unknown, digits: 16 | 32, what: string): string | undefined {
  const text = textOf(value, what)
  if (text === '') return undefined
  if (text.length !== digits || !/^[\da-fA-F]+$/.test(text)) {
    throw new BadRecord(`${what} must be ${digits} hexadecimal digits`)
  }
  return /^0+$/.test(text) ? undefined : text.toLowerCase()
}

/** A list of key and value as one object; of two values for a key the later counts. */
export function attributesOf(value: unknown, what = 'attributes'): Attributes {
  const entries = listOf(value, what).map((item): [string, AttributeValue] => {
    const { key, value: held } = fieldsOf(item, what)
    return [textOf(key, `a key of ${what}`), valueOf(held, what)]
  })
  // Unlike an assignment, this makes an own property of any key, `__proto__` too.
  return Object.fromEntries(entries)
}

/** An AnyValue; null where none of its kinds is set. */
export function valueOf(value: unknown, what: string): AttributeValue {
  const fields = fieldsOf(value, what)
  for (const kind of Object.keys(KINDS)) {
    const held = Object.hasOwn(fields, kind) ? fields[kind] : undefined
    if (held !== undefined && held !== null) return KINDS[kind]!(held, what)
  }
  return null
}

const KINDS: Record<string, (held: unknown, what: string) => AttributeValue> = {
  stringValue: textOf,
  boolValue: booleanOf,
  intValue: (held, what) => {
    const value = bigintOf(held, what)
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  },
  doubleValue: (held, what) => {
    const value = doubleOf(held, what)
    return Number.isFinite(value) ? value : String(value)
  },
  arrayValue: (held, what) => listOf(fieldsOf(held, what)['values'], what).map((item) => valueOf(item, what)),
  kvlistValue: (held, what) => attributesOf(fieldsOf(held, what)['values'], what),
  bytesValue: textOf,
}
