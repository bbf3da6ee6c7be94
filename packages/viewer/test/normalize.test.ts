import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { normalize } from '../src/normalize.ts'
import { decode } from '../src/otlp/decode.ts'
import { tracesRequest } from '../src/otlp/fields.ts'
import { parseJson } from '../src/otlp/json.ts'
import { tracesRequests } from './support/arbitrary.ts'
import { encode } from './support/encode.ts'
import { gauge, logs, metrics, span, traceId, traces } from './support/requests.ts'

test('a request gives the same rows from JSON and from protobuf', () => {
  fc.assert(
    fc.property(tracesRequests, (request) => {
      const fromJson = normalize('traces', parseJson(Buffer.from(JSON.stringify(request))))
      const fromProtobuf = normalize('traces', decode(tracesRequest, encode(tracesRequest, request)))
      // -0 has no JSON form that all writers use
      expect(withoutNegativeZero(fromProtobuf)).toEqual(withoutNegativeZero(fromJson))
    }),
    { numRuns: 150 },
  )
})

test("upstream's JSON and protobuf writers give the same rows", () => {
  const attributeValue = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.array(fc.string({ unit: 'grapheme' })),
  )
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), attributeValue),
      (name, attributes) => {
        const exporter = new InMemorySpanExporter()
        const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
        provider.getTracer('test').startSpan(name, { attributes }).addEvent(name, attributes).end()
        const spans = exporter.getFinishedSpans()
        const json = parseJson(Buffer.from(JsonTraceSerializer.serializeRequest(spans)!))
        const protobuf = decode(tracesRequest, ProtobufTraceSerializer.serializeRequest(spans)!)
        expect(normalize('traces', protobuf)).toEqual(normalize('traces', json))
      },
    ),
    { numRuns: 100 },
  )
})

const WRONG_SPANS: [string, Record<string, unknown>][] = [
  ['a short trace id', { traceId: 'abc' }],
  ['a trace id in base64', { traceId: 'AAAAAAAAAAAAAAAAAAAAAQ==' }],
  ['a trace id of zeros', { traceId: '0'.repeat(32) }],
  ['no trace id', { traceId: null }],
  ['a long span id', { spanId: '1'.repeat(17) }],
  ['a parent that is not hexadecimal', { parentSpanId: 'x'.repeat(16) }],
  ['a name that is a number', { name: 5 }],
  ['a kind by name', { kind: 'SPAN_KIND_SERVER' }],
  ['a time that is not a number', { startTimeUnixNano: 'now' }],
  ['a negative time', { endTimeUnixNano: '-1' }],
  ['a time beyond 64 bits', { endTimeUnixNano: '99999999999999999999' }],
  ['a status that is text', { status: 'error' }],
  ['a status code that does not exist', { status: { code: 7 } }],
  ['attributes that are an object', { attributes: { a: 1 } }],
  ['an attribute whose key is a number', { attributes: [{ key: 1, value: {} }] }],
  ['an attribute whose value is bare', { attributes: [{ key: 'a', value: 'b' }] }],
  ['an integer that is not one', { attributes: [{ key: 'a', value: { intValue: '1.5' } }] }],
  ['an event that is a list', { events: [[]] }],
  ['a link whose id is short', { links: [{ traceId: 'ab', spanId: '' }] }],
]

test.each(WRONG_SPANS)('a span with %s is left out and counted, its neighbour is kept', (_what, fields) => {
  const wrong = { ...(span({ span: 2 }) as object), ...fields }
  const arrival = normalize('traces', traces('a', wrong, span({ name: 'good' })))
  expect(arrival).toMatchObject({ rejected: 1, reason: expect.any(String) })
  expect(arrival.groups).toMatchObject([{ records: [{ name: 'good' }] }])
})

test('a resource or scope that is ill-formed takes its records with it', () => {
  const group = { scope: { name: 'test' }, spans: [span(), span({ span: 2 })] }
  const request = {
    resourceSpans: [
      { resource: 5, scopeSpans: [group, group] },
      { scopeSpans: [{ ...group, scope: 'text' }, group] },
      { scopeSpans: 'none' },
      null,
      [],
    ],
  }
  // 4 under the resource, 2 under the scope, one for the list that is none, one for the item that is a list
  expect(normalize('traces', request)).toMatchObject({ rejected: 8, groups: [{ records: [{}, {}] }] })
})

test('log records and metric points are held to the same', () => {
  const log = { timeUnixNano: '5', body: { stringValue: 'good' } }
  const logArrival = normalize(
    'logs',
    logs('a', log, { ...log, traceId: 'abc' }, { ...log, severityNumber: 'INFO' }),
  )
  expect(logArrival).toMatchObject({ rejected: 2, groups: [{ records: [{ body: 'good' }] }] })

  const points = [{ asInt: '3' }, { asDouble: {} }, { asInt: 'x' }, 7]
  const request = metrics('a', { name: 'n', sum: { dataPoints: points } }, { name: 'no data' }, gauge('g', 1))
  expect(normalize('metrics', request)).toMatchObject({
    rejected: 4,
    groups: [{ records: [{ points: [{ value: 3 }] }, { metric: { name: 'g' } }] }],
  })
})

test('any JSON is taken without throwing', () => {
  const names = [
    'resourceSpans',
    'scopeSpans',
    'spans',
    'resource',
    'scope',
    'attributes',
    'value',
    'key',
    'traceId',
  ]
  const hostile = fc.object({ key: fc.constantFrom(...names, '__proto__', 'constructor'), maxDepth: 6 })
  fc.assert(
    fc.property(
      hostile,
      fc.constantFrom('traces' as const, 'logs' as const, 'metrics' as const),
      (value, signal) => {
        const request = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
        expect(normalize(signal, request).rejected).toBeGreaterThanOrEqual(0)
      },
    ),
    { numRuns: 500 },
  )
})

test('ids are lower-case, values keep what JSON can hold, keys are only keys', () => {
  const values = [
    { key: 'big', value: { intValue: '9007199254740993' } },
    { key: 'nan', value: { doubleValue: 'NaN' } },
    { key: 'huge', value: { doubleValue: JSON.parse('1e999') as number } },
    { key: 'bytes', value: { bytesValue: 'AQI=' } },
    { key: 'nothing', value: {} },
    { key: 'none' },
    {
      key: '__proto__',
      value: { kvlistValue: { values: [{ key: 'polluted', value: { boolValue: true } }] } },
    },
  ]
  const request = traces('a', {
    ...(span() as object),
    traceId: traceId(0xabc).toUpperCase(),
    attributes: values,
  })
  const arrival = normalize('traces', request)
  const record = arrival.signal === 'traces' ? arrival.groups[0]?.records[0] : undefined
  expect(record?.traceId).toBe(traceId(0xabc))
  expect(Object.entries(record?.attributes ?? {})).toEqual([
    ['big', '9007199254740993'],
    ['nan', 'NaN'],
    ['huge', 'Infinity'],
    ['bytes', 'AQI='],
    ['nothing', null],
    ['none', null],
    ['__proto__', { polluted: true }],
  ])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

function withoutNegativeZero(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, held: unknown) => (typeof held === 'bigint' ? String(held) : held)),
  )
}
