import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { connect } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { startViewer, type Viewer } from '../src/index.ts'
import { logsRequest, tracesRequest } from '../src/otlp/fields.ts'
import { encode } from './support/encode.ts'
import {
  asJson,
  logs,
  metrics,
  post,
  sendRaw,
  span,
  traceId,
  traces,
  type Answer,
} from './support/requests.ts'

// Whatever a sender does, it gets a clear answer or a closed connection, nothing of it is stored, and the next
// sender is served.

const GOOD = traces('good', span({ name: 'good' }))
const protobuf = (request: Record<string, unknown>): Buffer => encode(tracesRequest, request)

let viewer: Viewer
let url: string
beforeEach(async () => {
  viewer = await startViewer({
    grpcPort: false,
    httpPort: 0,
    limits: {
      bodyBytes: 10_000,
      inflatedBytes: 100_000,
      elements: 5_000,
      headerTimeoutMs: 300,
      bodyTimeoutMs: 300,
    },
  })
  url = `${viewer.httpUrl}/v1/traces`
})
afterEach(() => viewer.close())

/** Nothing was stored, and the next sender is served. */
async function isUnharmed(): Promise<boolean> {
  const { spans, requests } = viewer.counts()
  const { status } = await post(url, GOOD)
  return spans === 0 && requests === 0 && status === 200 && viewer.spans({ name: 'good' }).length === 1
}

const JSON_TYPE = { 'content-type': 'application/json' }
const gzip = { 'content-encoding': 'gzip' }
const REFUSED: [string, number, RegExp, () => Promise<Answer>][] = [
  ['another path', 404, /at \/v1\/traces/, () => post(`${viewer.httpUrl}/v2/traces`, GOOD)],
  ['a path that every object has', 404, /at/, () => post(`${viewer.httpUrl}/constructor`, GOOD)],
  ['GET', 405, /POST/, () => post(url, GOOD, { method: 'GET' })],
  [
    'a preflight',
    405,
    /POST/,
    () => post(url, GOOD, { method: 'OPTIONS', headers: { origin: 'http://evil.example' } }),
  ],
  ['text', 415, /content type/, () => post(url, GOOD, { headers: { 'content-type': 'text/plain' } })],
  [
    'an unknown compression',
    415,
    /gzip or deflate/,
    () => post(url, GOOD, { headers: { 'content-encoding': 'br' } }),
  ],
  ['a host of another name', 403, /Host/, () => post(url, GOOD, { headers: { host: 'evil.example' } })],
  [
    'a host that begins like ours',
    403,
    /Host/,
    () => post(url, GOOD, { headers: { host: '127.0.0.1.evil.example:80' } }),
  ],
  [
    'broken JSON',
    400,
    /not well-formed/,
    () => post(url, Buffer.from('{"resourceSpans":['), { headers: JSON_TYPE }),
  ],
  ['no JSON', 400, /not well-formed/, () => post(url, Buffer.alloc(0), { headers: JSON_TYPE })],
  ['a JSON list', 400, /object/, () => post(url, [])],
  ['deep JSON', 400, /too deep/, () => post(url, Buffer.from('['.repeat(9_000)), { headers: JSON_TYPE })],
  ['broken protobuf', 400, /truncated/, () => post(url, protobuf(GOOD).subarray(0, -1))],
  ['what is not gzip', 400, /not gzip/, () => post(url, Buffer.from('plain'), { headers: gzip })],
  [
    'half a gzip',
    400,
    /not gzip/,
    () => post(url, gzipSync(protobuf(GOOD)).subarray(0, -9), { headers: gzip }),
  ],
  ['a large body', 413, /larger than 10000/, () => post(url, Buffer.alloc(2_000_000))],
  [
    'a large body of unknown length',
    413,
    /larger than 10000/,
    () => post(url, Buffer.alloc(2_000_000), { headers: { 'transfer-encoding': 'chunked' } }),
  ],
  ['a gzip bomb', 413, /inflates/, () => post(url, gzipSync(Buffer.alloc(5_000_000)), { headers: gzip })],
  [
    'empty messages',
    413,
    /too many elements/,
    () => post(url, gzipSync(Buffer.from('0a00'.repeat(9_000), 'hex')), { headers: gzip }),
  ],
]

test.each(REFUSED)('%s is refused with %i', async (_what, status, reason, send) => {
  const answer = await send()
  expect(answer.status).toBe(status)
  expect(answer.body.toString()).toMatch(reason)
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(viewer.counts().refused).toBe(1)
  expect(await isUnharmed()).toBe(true)
})

test('a refusal is a google.rpc.Status, in the encoding of the request', async () => {
  expect(asJson(await post(url, {}, { headers: { 'content-encoding': 'br' } }))).toEqual({
    code: 12,
    message: expect.stringContaining('gzip'),
  })
  const { headers, body } = await post(url, Buffer.from([0x0a]))
  expect(headers['content-type']).toBe('application/x-protobuf')
  // field 1, varint 3; field 2, text
  expect([...body.subarray(0, 3)]).toEqual([0x08, 3, 0x12])
  expect((await post(url, GOOD, { method: 'GET' })).headers['allow']).toBe('POST')
})

test('raw bytes that are no request: an answer or a closed connection', async () => {
  const tls = Buffer.from('16030100c8010000c40303', 'hex')
  expect((await sendRaw(url, 'hello\r\n\r\n')).toString()).toMatch(/^HTTP\/1.1 400 .*not gRPC or TLS/s)
  expect((await sendRaw(url, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toString()).toMatch(/^HTTP\/1.1 400/)
  expect((await sendRaw(url, tls)).toString()).toMatch(/^HTTP\/1.1 400/)
  expect((await sendRaw(url, Buffer.alloc(1_000))).toString()).toMatch(/^HTTP\/1.1 400/)
  const head = `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n`
  expect((await sendRaw(url, `${head}x: ${'x'.repeat(20_000)}\r\n\r\n`)).toString()).toMatch(/^HTTP\/1.1 431/)
  expect(await isUnharmed()).toBe(true)
})

test('a sender that is slow, or goes away, is cut off', async () => {
  const head =
    'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n'
  expect((await sendRaw(url, head)).toString()).toMatch(/^HTTP\/1.1 408/)
  expect((await sendRaw(url, `${head}\r\n{"resource`)).toString()).toMatch(/^HTTP\/1.1 408 .*in time/s)
  await sendRaw(url, `${head}\r\n{"resource`, { end: true })
  expect(await isUnharmed()).toBe(true)
})

test('more at once than fits is refused for now, and room comes back', async () => {
  const small = await startViewer({ grpcPort: false, httpPort: 0, limits: { pendingBytes: 500 } })
  const target = `${small.httpUrl}/v1/traces`
  try {
    const socket = connect(Number(new URL(small.httpUrl).port), '127.0.0.1')
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n',
    )
    socket.write(' '.repeat(400))
    // The receiver sees the other connection when it gets to it: ask until the answer changes, but not for ever.
    const askUntil = async (status: number): Promise<Answer> => {
      let answer = await post(target, GOOD)
      for (let n = 0; n < 500 && answer.status !== status; n++) answer = await post(target, GOOD)
      return answer
    }
    expect(await askUntil(503)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    socket.destroy()
    expect(await askUntil(200)).toMatchObject({ status: 200 })
  } finally {
    await small.close()
  }
})

test('plain, gzip and deflate, in both encodings, give the same', async () => {
  for (const body of [protobuf(GOOD), Buffer.from(JSON.stringify(GOOD))]) {
    const type = body[0] === 0x7b ? 'application/json; charset=utf-8' : 'application/x-protobuf'
    for (const [encoding, bytes] of Object.entries({
      identity: body,
      gzip: gzipSync(body),
      deflate: deflateSync(body),
    })) {
      const headers = { 'content-type': type, 'content-encoding': encoding }
      const answer = await post(`${url}?x=1`, bytes, { headers })
      expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type.split(';')[0] } })
      expect(answer.body.toString()).toBe(type.startsWith('application/json') ? '{}' : '')
    }
  }
  expect(viewer.counts()).toMatchObject({ requests: 6, spans: 1, replaced: 5, refused: 0 })
})

test('an ill-formed record is counted in the answer, its neighbours are stored', async () => {
  const request = traces('a', span({ name: 'kept' }), { ...(span() as object), spanId: 'ab' })
  expect(asJson(await post(url, request))).toEqual({
    partialSuccess: { rejectedSpans: '1', errorMessage: 'spanId must be 16 hexadecimal digits' },
  })
  // read by upstream's own reader
  const { body } = await post(url, protobuf(request))
  expect(ProtobufTraceSerializer.deserializeResponse(body)).toEqual({
    partialSuccess: { rejectedSpans: 1, errorMessage: 'spanId must be 16 hexadecimal digits' },
  })
  const wrongLog = { ...logs('a', { timeUnixNano: '1', traceId: 'ab' }) }
  const logAnswer = await post(`${viewer.httpUrl}/v1/logs`, encode(logsRequest, wrongLog))
  expect(ProtobufLogsSerializer.deserializeResponse(logAnswer.body)).toMatchObject({
    partialSuccess: { rejectedLogRecords: 1 },
  })
  const metricAnswer = await post(
    `${viewer.httpUrl}/v1/metrics`,
    metrics('a', { gauge: { dataPoints: [1, 2] } }),
  )
  expect(asJson(metricAnswer)).toMatchObject({ partialSuccess: { rejectedDataPoints: '2' } })
  expect(viewer.spans()).toMatchObject([{ name: 'kept' }])
  expect(viewer.counts()).toMatchObject({ spans: 1, logs: 0, metricPoints: 0, rejected: 5, requests: 4 })
})

test('any body is answered', async () => {
  const types = fc.constantFrom('application/json', 'application/x-protobuf')
  const encodings = fc.constantFrom('identity', 'gzip', 'deflate')
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
  )
  await fc.assert(
    fc.asyncProperty(types, encodings, bodies, async (type, encoding, body) => {
      const headers = { 'content-type': type, 'content-encoding': encoding }
      const { status } = await post(url, Buffer.from(body), { headers })
      expect([200, 400, 413]).toContain(status)
    }),
    { numRuns: 150 },
  )
  expect(viewer.counts().spans).toBe(0)
  expect(await post(url, GOOD)).toMatchObject({ status: 200 })
})

test('any raw bytes leave the receiver standing', async () => {
  const starts = fc.constantFrom(
    '',
    'POST /v1/traces HTTP/1.1\r\n',
    'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n\r\n',
  )
  await fc.assert(
    fc.asyncProperty(starts, fc.uint8Array(), async (start, bytes) => {
      await sendRaw(url, Buffer.concat([Buffer.from(start), bytes]), { end: true })
    }),
    { numRuns: 100 },
  )
  expect(await isUnharmed()).toBe(true)
})

test('remote names are let in where that was asked for', async () => {
  const open = await startViewer({ grpcPort: false, httpPort: 0, host: '0.0.0.0', allowRemote: true })
  const port = new URL(open.httpUrl).port
  const answer = await post(`http://127.0.0.1:${port}/v1/traces`, GOOD, { headers: { host: 'viewer:4318' } })
  expect(answer.status).toBe(200)
  expect(open.trace(traceId(1)).spans).toHaveLength(1)
  await open.close()
})
