import { gzipSync } from 'node:zlib'
import { countSpans, spanIds } from '../otlp.ts'
import { traceRequest } from './support/otlp.ts'

const TYPE = 'application/x-protobuf'
const IDS = Array.from({ length: 300 }, (_, index) => index.toString(16).padStart(16, '0'))

test('the ids of the spans of one tracer, however the body is cut and compressed', () => {
  const body = traceRequest('bench', IDS)
  const chunks = [body.subarray(0, 100), body.subarray(100)]
  expect(spanIds({ type: TYPE, encoding: '', chunks }, 'bench')).toEqual(IDS)
  expect(spanIds({ type: TYPE, encoding: 'gzip', chunks: [gzipSync(body)] }, 'bench')).toEqual(IDS)
  expect(spanIds({ type: TYPE, encoding: '', chunks }, 'http')).toEqual([])
})

test('the number of spans, in protobuf and JSON', () => {
  const body = Buffer.concat([traceRequest('a', IDS), traceRequest('b', IDS)])
  expect(countSpans({ type: TYPE, encoding: '', chunks: [body] })).toBe(600)
  const json = { resourceSpans: [{ scopeSpans: [{ spans: [{}, {}] }, {}] }, {}] }
  const chunks = [Buffer.from(JSON.stringify(json))]
  expect(countSpans({ type: 'application/json', encoding: '', chunks })).toBe(2)
})

test('a body that ends early is refused', () => {
  const body = traceRequest('bench', IDS)
  expect(() => countSpans({ type: TYPE, encoding: '', chunks: [body.subarray(0, -3)] })).toThrow('ends early')
})
