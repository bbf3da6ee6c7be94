import { Bytes, putVarint, utf8Size, varintSize } from './bytes.ts'

// AnyValue and KeyValue of opentelemetry-proto's common.proto.

const LEAST_INT64 = -(2 ** 63)
const BEYOND_INT64 = 2 ** 63

/** Attribute keys of an app are few, and come with every span. */
const MAX_KEYS = 2000
const LONGEST_KEY = 64
const keys = new Map<string, Uint8Array>()

/** All of `attributes` as a repeated KeyValue. */
export function writeAttributes(out: Bytes, tag: number, attributes: object | undefined): void {
  for (const key in attributes) {
    if (Object.hasOwn(attributes, key))
      writeKeyValue(out, tag, key, (attributes as Record<string, unknown>)[key])
  }
}

function writeKeyValue(out: Bytes, tag: number, key: string, value: unknown): void {
  const head = keyField(key)
  if (typeof value === 'string') {
    // By far the most: all lengths are known before anything is written.
    const size = utf8Size(value)
    const any = 1 + varintSize(size) + size
    const pair = head.length + 1 + varintSize(any) + any
    out.reserve(pair + 20)
    out.buffer[out.length] = tag
    out.length = putVarint(out.buffer, out.length + 1, pair)
    out.raw(head, head.length)
    out.buffer[out.length] = 0x12
    out.length = putVarint(out.buffer, out.length + 1, any)
    out.buffer[out.length] = 0x0a
    out.length = putVarint(out.buffer, out.length + 1, size)
    out.utf8(value, size)
    return
  }
  const pair = out.begin(tag)
  out.raw(head, head.length)
  writeAny(out, 0x12, value)
  out.end(pair)
}

/** One value; what OTLP has no form for (undefined, null, a function, …) is an empty AnyValue. */
export function writeAny(out: Bytes, tag: number, value: unknown): void {
  const any = out.begin(tag)
  if (typeof value === 'string') out.stringField(0x0a, value)
  else if (typeof value === 'boolean') out.varintField(0x10, value ? 1 : 0)
  else if (typeof value === 'number') writeNumber(out, value)
  else if (typeof value === 'object' && value !== null) writeObject(out, value)
  out.end(any)
}

function writeNumber(out: Bytes, value: number): void {
  if (Number.isInteger(value) && value >= LEAST_INT64 && value < BEYOND_INT64) {
    out.varintField(0x18, value)
  } else {
    out.byte(0x21)
    out.double(value)
  }
}

function writeObject(out: Bytes, value: object): void {
  if (value instanceof Uint8Array) {
    out.bytesField(0x3a, value)
  } else if (Array.isArray(value)) {
    const list = out.begin(0x2a)
    for (const item of value) writeAny(out, 0x0a, item)
    out.end(list)
  } else {
    const map = out.begin(0x32)
    writeAttributes(out, 0x0a, value)
    out.end(map)
  }
}

/** `key` as the first field of a KeyValue. */
function keyField(key: string): Uint8Array {
  const known = keys.get(key)
  if (known) return known
  const out = new Bytes(key.length + 2)
  out.stringField(0x0a, key)
  const field = new Uint8Array(out.buffer.subarray(0, out.length))
  if (keys.size < MAX_KEYS && key.length <= LONGEST_KEY) keys.set(key, field)
  return field
}
