import fc, { type Arbitrary } from 'fast-check'
import type { Message, ScalarType } from '../../src/otlp/fields.ts'

// Well-formed protobuf text has no lone surrogates: they cannot be written in UTF-8.
const text = fc.string({ unit: 'grapheme', maxLength: 8 })

const SCALARS: Record<ScalarType, Arbitrary<unknown>> = {
  string: text,
  hex: fc.uint8Array({ maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  bytes: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  bool: fc.boolean(),
  double: fc.double().map((value) => (Number.isFinite(value) ? value : String(value))),
  fixed32: fc.nat(0xffff_ffff),
  fixed64: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
  sfixed64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  int32: fc.integer(),
  sint32: fc.integer(),
  uint32: fc.nat(0xffff_ffff),
  int64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  uint64: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
}

/** Any value of a message, in its OTLP/JSON shape, with at most one of each group of which one may be set. */
export function messageOf(message: Message, depth = 0): Arbitrary<Record<string, unknown>> {
  const fields = [...message.values()].filter(({ type }) => depth < 7 || typeof type === 'string')
  const named = (list: typeof fields): Record<string, Arbitrary<unknown>> =>
    Object.fromEntries(
      list.map(({ name, type, repeated }) => {
        const one =
          typeof type === 'string' ? SCALARS[type] : fc.constant(null).chain(() => messageOf(type, depth + 1))
        return [name, repeated ? fc.array(one, { minLength: 1, maxLength: 2 }) : one]
      }),
    )
  const plain = fc.record(named(fields.filter(({ oneof }) => !oneof)), { requiredKeys: [] })
  const choices = fields.filter(({ oneof }) => oneof).map((field) => fc.record(named([field])))
  if (choices.length === 0) return plain
  return fc.tuple(plain, fc.oneof(...choices)).map(([a, b]) => ({ ...a, ...b }))
}

const id = (bytes: number): Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'))

/** An AnyValue. */
const anyValue: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: SCALARS.int64 }),
    fc.record({ doubleValue: SCALARS.double }),
    fc.record({ bytesValue: SCALARS.bytes }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: text, value: tie('value') }), { maxLength: 3 }),
      }),
    }),
  ),
})).value

const attributeList = fc.array(
  fc.record({ key: fc.oneof(text, fc.constantFrom('operation_id', '__proto__')), value: anyValue }),
  { maxLength: 4 },
)
const time = fc.bigInt(0n, 2n ** 64n - 1n).map(String)

const span = fc.record({
  traceId: fc.oneof({ weight: 6, arbitrary: id(16) }, id(15)),
  spanId: fc.oneof({ weight: 6, arbitrary: id(8) }, id(9)),
  parentSpanId: fc.oneof(id(8), fc.constant('')),
  traceState: text,
  name: text,
  kind: fc.nat(6),
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  status: fc.record({ code: fc.nat(3), message: text }),
  attributes: attributeList,
  events: fc.array(fc.record({ name: text, timeUnixNano: time, attributes: attributeList }), {
    maxLength: 2,
  }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), attributes: attributeList }), { maxLength: 2 }),
  flags: fc.nat(0xffff),
})

/** Export requests of spans, most of them well-formed, some with ids of the wrong length or times out of range. */
export const tracesRequests: Arbitrary<Record<string, unknown>> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes: attributeList }),
      scopeSpans: fc.array(
        fc.record({ scope: fc.record({ name: text }), spans: fc.array(span, { maxLength: 4 }) }),
        {
          maxLength: 2,
        },
      ),
    }),
    { maxLength: 2 },
  ),
})
