import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { startViewer, type Viewer } from '../src/index.ts'
import { tracesRequest } from '../src/otlp/fields.ts'
import { encode } from './support/encode.ts'
import { call, EXPORT_TRACES, framed, type GrpcAnswer } from './support/grpc.ts'
import { sendRaw, span, traces } from './support/requests.ts'

const GOOD = encode(tracesRequest, traces('good', span({ name: 'good' })))
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

let viewer: Viewer
beforeEach(async () => {
  viewer = await startViewer({
    grpcPort: 0,
    httpPort: false,
    limits: {
      bodyBytes: 10_000,
      inflatedBytes: 100_000,
      headerTimeoutMs: 300,
      bodyTimeoutMs: 300,
      idleMs: 300,
    },
  })
})
afterEach(() => viewer.close())

/** Nothing was stored, and the next sender is served. */
async function isUnharmed(): Promise<boolean> {
  const { spans, requests } = viewer.counts()
  const { headers } = await call(viewer.grpcUrl, framed(GOOD))
  const isServed = headers['grpc-status'] === '0' && viewer.spans({ name: 'good' }).length === 1
  return spans === 0 && requests === 0 && isServed
}

const REFUSED: [string, number, () => Promise<GrpcAnswer>][] = [
  [
    'another method',
    12,
    () => call(viewer.grpcUrl, framed(GOOD), { ':path': '/grpc.health.v1.Health/Check' }),
  ],
  ['no message', 13, () => call(viewer.grpcUrl, Buffer.alloc(0))],
  ['half a message header', 13, () => call(viewer.grpcUrl, Buffer.from([0, 0]))],
  ['half a message', 13, () => call(viewer.grpcUrl, framed(GOOD).subarray(0, -1))],
  ['two messages', 13, () => call(viewer.grpcUrl, Buffer.concat([framed(GOOD), framed(GOOD)]))],
  ['an unknown flag', 13, () => call(viewer.grpcUrl, framed(GOOD, 7))],
  ['a compressed message that does not say how', 13, () => call(viewer.grpcUrl, framed(gzipSync(GOOD), 1))],
  ['an unknown compression', 12, () => call(viewer.grpcUrl, framed(GOOD, 1), { 'grpc-encoding': 'snappy' })],
  ['what is not gzip', 3, () => call(viewer.grpcUrl, framed(GOOD, 1), { 'grpc-encoding': 'gzip' })],
  ['broken protobuf', 3, () => call(viewer.grpcUrl, framed(GOOD.subarray(0, -1)))],
  ['a large message', 8, () => call(viewer.grpcUrl, framed(Buffer.alloc(500_000)))],
  [
    'a gzip bomb',
    8,
    () => call(viewer.grpcUrl, framed(gzipSync(Buffer.alloc(5_000_000)), 1), { 'grpc-encoding': 'gzip' }),
  ],
]

test.each(REFUSED)('%s is refused with status %i', async (_what, status, send) => {
  const { headers } = await send()
  expect(headers).toMatchObject({ ':status': 200, 'grpc-status': String(status) })
  expect(decodeURIComponent(String(headers['grpc-message']))).toMatch(/\w+:? \w+/)
  expect(headers['grpc-accept-encoding']).toBe('identity,gzip,deflate')
  expect(viewer.counts().refused).toBe(1)
  expect(await isUnharmed()).toBe(true)
})

test('what is not gRPC over HTTP/2 is refused by HTTP status', async () => {
  expect((await call(viewer.grpcUrl, GOOD, { 'content-type': 'application/json' })).headers[':status']).toBe(
    415,
  )
  expect(
    (await call(viewer.grpcUrl, GOOD, { 'content-type': 'application/grpc-web' })).headers[':status'],
  ).toBe(415)
  expect((await call(viewer.grpcUrl, GOOD, { ':method': 'PUT' })).headers[':status']).toBe(405)
  expect(await isUnharmed()).toBe(true)
})

test('HTTP/1 on this port is told where it is', async () => {
  const answer = (
    await sendRaw(viewer.grpcUrl, 'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n\r\n')
  ).toString()
  expect(answer).toMatch(/^HTTP\/1.1 400 .*OTLP\/gRPC.*4318/s)
  expect(await isUnharmed()).toBe(true)
})

test('other bytes, or none, are closed upon', async () => {
  expect(await sendRaw(viewer.grpcUrl, Buffer.from('16030100c8010000c40303', 'hex'))).toHaveLength(0)
  expect(await sendRaw(viewer.grpcUrl, Buffer.alloc(1_000, 0xff))).toHaveLength(0)
  // half a preface, then silence: closed when the time for it is over
  expect(await sendRaw(viewer.grpcUrl, PREFACE.subarray(0, 10))).toHaveLength(0)
  // a whole one and a frame that claims 16 MiB, or half a frame header and silence
  await sendRaw(viewer.grpcUrl, Buffer.concat([PREFACE, Buffer.from('ffffff0400', 'hex'), Buffer.alloc(100)]))
  await sendRaw(viewer.grpcUrl, Buffer.concat([PREFACE, Buffer.from('0000', 'hex')]))
  expect(await isUnharmed()).toBe(true)
})

test('a preface that comes in pieces is one', async () => {
  const socket = connect(Number(new URL(viewer.grpcUrl).port), '127.0.0.1').setNoDelay()
  const settings = Buffer.from('000000040000000000', 'hex')
  const first = await new Promise<Buffer>((resolve) => {
    socket.once('data', resolve)
    socket.write(PREFACE.subarray(0, 5), () => socket.write(Buffer.concat([PREFACE.subarray(5), settings])))
  })
  socket.destroy()
  // the type of the first frame of the server: SETTINGS
  expect(first[3]).toBe(4)
  expect(await isUnharmed()).toBe(true)
})

test('a body that does not end is cut off', async () => {
  const session = connectHttp2(viewer.grpcUrl)
  const stream = session.request({
    ':method': 'POST',
    ':path': EXPORT_TRACES,
    'content-type': 'application/grpc',
  })
  stream.on('error', () => {})
  stream.write(framed(GOOD).subarray(0, 9))
  const status = await new Promise((resolve) =>
    stream.on('response', (headers) => resolve(headers['grpc-status'])),
  )
  session.destroy()
  expect(status).toBe('4')
  expect(await isUnharmed()).toBe(true)
})

test('a client that goes away in the middle leaves nothing', async () => {
  const session = connectHttp2(viewer.grpcUrl)
  session.on('error', () => {})
  const stream = session.request({
    ':method': 'POST',
    ':path': EXPORT_TRACES,
    'content-type': 'application/grpc',
  })
  stream.on('error', () => {})
  await new Promise((resolve) => stream.write(framed(GOOD).subarray(0, 9), resolve))
  session.destroy()
  expect(await isUnharmed()).toBe(true)
})

test('an ill-formed record is counted in the answer, its neighbours are stored', async () => {
  const request = traces('a', span({ name: 'kept' }), { ...(span() as object), traceId: 'abcd' })
  const { headers, body } = await call(viewer.grpcUrl, framed(encode(tracesRequest, request)))
  expect(headers['grpc-status']).toBe('0')
  expect(ProtobufTraceSerializer.deserializeResponse(body.subarray(5))).toEqual({
    partialSuccess: { rejectedSpans: 1, errorMessage: 'traceId must be 32 hexadecimal digits' },
  })
  expect(viewer.spans()).toMatchObject([{ name: 'kept' }])
})

test('any message and any raw bytes leave the receiver standing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.nat(2), async (bytes, flag) => {
      const { headers } = await call(viewer.grpcUrl, framed(Buffer.from(bytes), flag), {
        'grpc-encoding': 'gzip',
      })
      expect(['0', '3', '13']).toContain(headers['grpc-status'])
    }),
    { numRuns: 100 },
  )
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.uint8Array(), async (isHttp2, bytes) => {
      await sendRaw(viewer.grpcUrl, Buffer.concat([isHttp2 ? PREFACE : Buffer.alloc(0), bytes]), {
        end: true,
      })
    }),
    { numRuns: 100 },
  )
  expect(viewer.counts().spans).toBe(0)
  expect((await call(viewer.grpcUrl, framed(GOOD))).headers['grpc-status']).toBe('0')
})

test('close tells idle clients to go, and cuts a request that never ends', async () => {
  const own = await startViewer({ grpcPort: 0, httpPort: false })
  const [idle, busy] = [connectHttp2(own.grpcUrl), connectHttp2(own.grpcUrl)]
  for (const session of [idle, busy]) session.on('error', () => {})
  const stream = busy.request({
    ':method': 'POST',
    ':path': EXPORT_TRACES,
    'content-type': 'application/grpc',
  })
  stream.on('error', () => {})
  await Promise.all([
    new Promise((resolve) => stream.write(framed(GOOD).subarray(0, 9), resolve)),
    ...[idle, busy].map((session) => new Promise((resolve) => session.once('remoteSettings', resolve))),
  ])
  const goaway = new Promise((resolve) => idle.once('goaway', (code) => resolve(code)))
  const cut = new Promise((resolve) => busy.once('close', () => resolve('closed')))
  await own.close()
  expect(await goaway).toBe(0)
  expect(await cut).toBe('closed')
})
