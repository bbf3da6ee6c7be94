import { DEFAULT_LIMITS, type Limits } from '../limits.ts'
import { Refusal } from '../refusal.ts'

/** A level of nested attribute values is one or two protobuf messages, but two or three JSON containers. */
const JSON_DEPTH_FACTOR = 2

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * An OTLP/JSON request as it was written; its fields are checked later, record by record. Throws a Refusal
 * where the bytes are not a JSON object, or one that is larger or deeper than `limits`.
 */
export function parseJson(
  bytes: Buffer,
  limits: Pick<Limits, 'depth' | 'elements'> = DEFAULT_LIMITS,
): Record<string, unknown> {
  measure(bytes, limits)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new Refusal('malformed', 'JSON: not well-formed', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('malformed', 'JSON: the request must be an object')
  }
  return value as Record<string, unknown>
}

/** Before parsing, as a value of three bytes takes fifty in memory once it is parsed. */
function measure(bytes: Buffer, limits: Pick<Limits, 'depth' | 'elements'>): void {
  let depth = 0
  let elements = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      elements++
      if (++depth > limits.depth * JSON_DEPTH_FACTOR) throw new Refusal('malformed', 'JSON: nested too deep')
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--
    } else if (byte === COMMA) {
      elements++
    }
    if (elements > limits.elements) throw new Refusal('large', 'too many elements in one request')
  }
}
