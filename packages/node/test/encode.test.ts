import { createTraceState, type Attributes, type SpanContext } from '@opentelemetry/api'
import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { decode } from '../../viewer/src/otlp/decode.ts'
import { logsRequest, tracesRequest } from '../../viewer/src/otlp/fields.ts'
import { encodeLogRecord } from '../src/export/encode/log.ts'
import { ProtobufEncoder } from '../src/export/encode/protobuf.ts'
import { encodeSpan } from '../src/export/encode/span.ts'

const LIMITS = { depth: 64, elements: 1_000_000 }

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length })
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ minLength: 100, maxLength: 20_000 }),
  // Halves of surrogate pairs: what UTF-8 has no form for.
  fc.constantFrom(
    '',
    '\ud800',
    'a\udc00b',
    'é'.repeat(130),
    'x'.repeat(127),
    'x'.repeat(128),
    '🙂'.repeat(40),
  ),
)
const key = fc.oneof(
  fc.constantFrom('http.route', 'db.query.text', 'schlüssel', ''),
  fc.string({ maxLength: 80 }),
)
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    2 ** 31,
    2 ** 32,
    -(2 ** 31),
    2 ** 53,
    2 ** 63,
    -(2 ** 63),
    1e300,
    NaN,
    Infinity,
    0.5,
  ),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      text,
      number,
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(12n, Symbol('s'), () => 1, new Date(0), new Map([[1, 2]])),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}))
const attributes = fc.dictionary(key, value, { maxKeys: 8 }) as fc.Arbitrary<Attributes>
const time = fc.tuple(
  fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 }),
    fc.constantFrom(0, 65_535, 65_536, 1_764_000_000, 9_000_000_000),
  ),
  fc.integer({ min: 0, max: 999_999_999 }),
)
const dropped = fc.oneof(fc.constant(0), fc.nat())
const context: fc.Arbitrary<SpanContext> = fc.record(
  {
    traceId: hex(32),
    spanId: hex(16),
    traceFlags: fc.nat({ max: 255 }),
    isRemote: fc.boolean(),
    traceState: fc.constantFrom(createTraceState('a=1,b=2'), createTraceState('')),
  },
  { requiredKeys: ['traceId', 'spanId', 'traceFlags'] },
)
const scope = fc.record(
  { name: text, version: text, schemaUrl: text, attributes, droppedAttributesCount: dropped },
  { requiredKeys: ['name'] },
)
const resource = fc
  .tuple(attributes, fc.option(fc.webUrl(), { nil: undefined }))
  .map(([own, schemaUrl]) => resourceFromAttributes(own, schemaUrl === undefined ? {} : { schemaUrl }))

const span = fc.record({
  self: context,
  parentSpanContext: fc.option(context, { nil: undefined }),
  name: text,
  kind: fc.integer({ min: 0, max: 4 }),
  startTime: time,
  endTime: time,
  attributes,
  droppedAttributesCount: dropped,
  events: fc.array(
    fc.record(
      { name: text, time, attributes, droppedAttributesCount: dropped },
      { requiredKeys: ['name', 'time'] },
    ),
    { maxLength: 3 },
  ),
  droppedEventsCount: dropped,
  links: fc.array(
    fc.record({ context, attributes, droppedAttributesCount: dropped }, { requiredKeys: ['context'] }),
    { maxLength: 3 },
  ),
  droppedLinksCount: dropped,
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }, { requiredKeys: ['code'] }),
})
const record = fc.record(
  {
    hrTime: time,
    hrTimeObserved: time,
    spanContext: context,
    severityText: text,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    body: value,
    eventName: text,
    attributes,
    droppedAttributesCount: dropped,
  },
  { requiredKeys: ['hrTime', 'hrTimeObserved', 'attributes', 'droppedAttributesCount'] },
)

/** Scopes are told apart by identity: each record takes one of a few. */
const withScopes = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly [T[], object[], number[]]> =>
  fc.tuple(
    fc.array(one, { minLength: 1, maxLength: 6 }),
    fc.array(scope, { minLength: 1, maxLength: 3 }),
    fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
  )

test('spans: the same request as upstream makes', () => {
  fc.assert(
    fc.property(withScopes(span), resource, ([fields, scopes, which], ofAll) => {
      const spans = fields.map(
        ({ self, ...rest }, i) =>
          ({
            ...rest,
            spanContext: () => self,
            resource: ofAll,
            instrumentationScope: scopes[which[i]! % scopes.length],
          }) as unknown as ReadableSpan,
      )
      const encoder = new ProtobufEncoder<ReadableSpan>(ofAll, encodeSpan)
      for (const one of spans) encoder.add(one)
      const [request] = encoder.cut().requests()
      expect(meaning(tracesRequest, request!.bytes)).toEqual(
        meaning(tracesRequest, ProtobufTraceSerializer.serializeRequest(spans)!),
      )
    }),
    { numRuns: 300 },
  )
})

test('log records: the same request as upstream makes', () => {
  fc.assert(
    fc.property(withScopes(record), resource, ([fields, scopes, which], ofAll) => {
      const records = fields.map(
        (rest, i) =>
          ({
            ...rest,
            resource: ofAll,
            instrumentationScope: scopes[which[i]! % scopes.length],
          }) as unknown as ReadableLogRecord,
      )
      const encoder = new ProtobufEncoder<ReadableLogRecord>(ofAll, encodeLogRecord)
      for (const one of records) encoder.add(one)
      const [request] = encoder.cut().requests()
      expect(meaning(logsRequest, request!.bytes)).toEqual(
        meaning(logsRequest, ProtobufLogsSerializer.serializeRequest(records)!),
      )
    }),
    { numRuns: 300 },
  )
})

test('the buffers of one batch serve the next', () => {
  const encoder = new ProtobufEncoder<ReadableLogRecord>(resourceFromAttributes({}), encodeLogRecord)
  const of = (name: string, body: string): ReadableLogRecord =>
    ({
      hrTime: [1, 2],
      hrTimeObserved: [1, 2],
      body,
      attributes: {},
      droppedAttributesCount: 0,
      instrumentationScope: scopesByName[name],
    }) as unknown as ReadableLogRecord
  const scopesByName: Record<string, object> = { a: { name: 'a' }, b: { name: 'b' } }
  const bodies = (): string[] => {
    const text = JSON.stringify(decode(logsRequest, encoder.cut().requests()[0]!.bytes))
    return [...text.matchAll(/"stringValue":"(\w+)"/g)].map(([, body]) => body!)
  }
  encoder.add(of('a', 'one'))
  encoder.add(of('b', 'two'))
  expect(bodies()).toEqual(['one', 'two'])
  encoder.add(of('b', 'three'))
  expect(bodies()).toEqual(['three'])
  encoder.add(of('a', 'four'))
  expect(bodies()).toEqual(['four'])
})

test('a record that cannot be encoded leaves no trace in the batch', () => {
  const encoder = new ProtobufEncoder<ReadableLogRecord>(resourceFromAttributes({}), encodeLogRecord)
  const of = (attributes: object): ReadableLogRecord =>
    ({
      hrTime: [1, 2],
      hrTimeObserved: [1, 2],
      attributes,
      instrumentationScope,
    }) as unknown as ReadableLogRecord
  const instrumentationScope = { name: 'a' }
  encoder.add(of({ good: 1 }))
  const hostile = Object.defineProperty({}, 'get', {
    enumerable: true,
    get: () => {
      throw new Error('not today')
    },
  })
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(() => encoder.add(of(hostile))).toThrow('not today')
  expect(() => encoder.add(of(cyclic))).toThrow('call stack')
  encoder.add(of({ good: 2 }))
  expect(encoder.items).toBe(2)
  const text = JSON.stringify(decode(logsRequest, encoder.cut().requests()[0]!.bytes))
  expect([...text.matchAll(/"intValue":"(\d)"/g)].map(([, n]) => n)).toEqual(['1', '2'])
})

/** Decoded, without fields that have their default: a writer may leave them out. */
function meaning(message: typeof tracesRequest, bytes: Uint8Array): unknown {
  return withoutDefaults(decode(message, bytes, LIMITS))
}

const COUNTS = /^dropped\w+Count$|^severityNumber$/

function withoutDefaults(decoded: unknown): unknown {
  if (Array.isArray(decoded)) return decoded.map(withoutDefaults)
  if (typeof decoded !== 'object' || decoded === null) return decoded
  const entries = Object.entries(decoded).flatMap(([name, field]) => {
    if (COUNTS.test(name) && field === 0) return []
    if (name === 'status' && JSON.stringify(field) === '{"code":0}') return []
    return [[name, withoutDefaults(field)]]
  })
  return Object.fromEntries(entries) as unknown
}
