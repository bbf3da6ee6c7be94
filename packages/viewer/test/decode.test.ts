import fc from 'fast-check'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import { decode } from '../src/otlp/decode.ts'
import { logsRequest, metricsRequest, tracesRequest } from '../src/otlp/fields.ts'
import { parseJson } from '../src/otlp/json.ts'
import { Refusal } from '../src/refusal.ts'
import { messageOf } from './support/arbitrary.ts'
import { delimited, encode, varint } from './support/encode.ts'

const REQUESTS = [
  { name: 'traces', message: tracesRequest },
  { name: 'logs', message: logsRequest },
  { name: 'metrics', message: metricsRequest },
]

test.each(REQUESTS)('any $name request comes back as it was written', ({ message }) => {
  fc.assert(
    fc.property(messageOf(message), (request) => {
      expect(decode(message, encode(message, request))).toEqual(request)
    }),
    { numRuns: 60 },
  )
})

test.each(REQUESTS)('any bytes as $name are read or refused', ({ message }) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(readOrRefuse(() => decode(message, bytes))).toMatch(/read|refused/)
    }),
    { numRuns: 2_000 },
  )
})

test('a damaged request is read or refused, and the next one is not touched by it', () => {
  const damaged = fc
    .tuple(messageOf(tracesRequest), fc.nat(), fc.nat(255), fc.nat())
    .map(([request, at, byte, cut]) => {
      const bytes = Buffer.from(encode(tracesRequest, request))
      if (bytes.length > 0) bytes[at % bytes.length] = byte
      return { request, bytes: cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes }
    })
  fc.assert(
    fc.property(damaged, ({ request, bytes }) => {
      readOrRefuse(() => decode(tracesRequest, bytes))
      expect(decode(tracesRequest, encode(tracesRequest, request))).toEqual(request)
    }),
    { numRuns: 200 },
  )
})

test('of a group of which one may be set, the last counts', () => {
  const value = Buffer.concat([delimited(1, Buffer.from('text')), varint(3n << 3n), varint(7n)])
  const attribute = Buffer.concat([delimited(1, Buffer.from('key')), delimited(2, value)])
  expect(decodeSpan(delimited(9, attribute))).toEqual({
    attributes: [{ key: 'key', value: { intValue: '7' } }],
  })
})

test('a message that comes twice is merged', () => {
  const status = [delimited(2, Buffer.from('why')), Buffer.concat([varint(3n << 3n), varint(2n)])]
  const span = Buffer.concat(status.map((part) => delimited(15, part)))
  expect(decodeSpan(span)).toEqual({ status: { message: 'why', code: 2 } })
})

test('numbers may come packed or one by one', () => {
  const counts = [1n, 2n].map((count) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(count)
    return bytes
  })
  const packed = delimited(6, Buffer.concat(counts))
  const single = Buffer.concat(counts.map((count) => Buffer.concat([varint((6n << 3n) | 1n), count])))
  for (const point of [packed, single]) {
    const bytes = [1, 9, 2, 2, 1].reduce((inner, field) => delimited(field, inner), point)
    expect(JSON.stringify(decode(metricsRequest, bytes))).toContain('"bucketCounts":["1","2"]')
  }
})

test('fields that are unknown, or of another wire type, are passed over', () => {
  const unknown = Buffer.concat([delimited(1000, Buffer.from('later')), varint(5n << 3n), varint(9n)])
  const name = delimited(5, Buffer.from('kept'))
  expect(decodeSpan(Buffer.concat([unknown, name]))).toEqual({ name: 'kept' })
})

test('a nested message may not reach past the one that holds it', () => {
  // a span of three bytes that claims a name of 100 bytes; the request goes on behind it
  const span = Buffer.from([(5 << 3) | 2, 100, 0x61])
  const request = Buffer.concat([wrapSpan(span), delimited(1, Buffer.alloc(200))])
  expect(() => decode(tracesRequest, request)).toThrow('truncated')
})

test('what is small on the wire but large in memory is refused', () => {
  const request = Buffer.concat(Array.from({ length: 2_000 }, () => Buffer.from([0x0a, 0])))
  expect(() => decode(tracesRequest, request, { ...DEFAULT_LIMITS, elements: 1_000 })).toThrow(
    'too many elements',
  )
  const json = Buffer.from(`{"resourceSpans":[${'{},'.repeat(2_000)}{}]}`)
  expect(() => parseJson(json, { ...DEFAULT_LIMITS, elements: 1_000 })).toThrow('too many elements')
})

test('what is nested too deep is refused', () => {
  let value: Buffer = Buffer.alloc(0)
  for (let level = 0; level < 2_000; level++) value = delimited(5, delimited(1, value))
  const attribute = Buffer.concat([delimited(1, Buffer.from('deep')), delimited(2, value)])
  expect(() => decodeSpan(delimited(9, attribute))).toThrow('too deep')
  expect(() => parseJson(Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toThrow(
    'too deep',
  )
})

test('brackets and commas in JSON text are not counted', () => {
  const text = '[{,"\\'.repeat(1_000)
  const json = Buffer.from(JSON.stringify({ text }))
  expect(parseJson(json, { depth: 2, elements: 5 })).toEqual({ text })
})

test('any text as JSON is read or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(readOrRefuse(() => parseJson(Buffer.from(text)))).toMatch(/read|refused/)
    }),
    { numRuns: 500 },
  )
})

/** Anything else that is thrown is a fault of the reader. */
function readOrRefuse(read: () => unknown): 'read' | 'refused' {
  try {
    read()
    return 'read'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return 'refused'
  }
}

function wrapSpan(span: Buffer): Buffer {
  return delimited(1, delimited(2, delimited(2, span)))
}

function decodeSpan(span: Buffer): unknown {
  const request = decode(tracesRequest, wrapSpan(span)) as {
    resourceSpans: { scopeSpans: { spans: unknown[] }[] }[]
  }
  return request.resourceSpans[0]?.scopeSpans[0]?.spans[0]
}
