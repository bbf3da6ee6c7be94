import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { createServer as createHttps } from 'node:https'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { GrpcTransport } from '../src/export/grpc.ts'
import { HttpTransport } from '../src/export/http.ts'
import type { Transport } from '../src/export/job.ts'
import type { Endpoint } from '../src/options/endpoint.ts'
import {
  grpcAnswer,
  grpcCollector,
  httpCollector,
  until,
  type Collector,
  type GrpcAnswer,
  type HttpAnswer,
} from './support/collector.ts'

// The two transports against real servers: what each fault comes to.

const bytes = (text: string): Uint8Array => Buffer.from(text)
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function http(answer?: HttpAnswer, more: Partial<Endpoint> = {}): Promise<[Transport, Collector]> {
  const collector = await httpCollector(answer)
  open.push(collector)
  return [new HttpTransport(endpointOf(`${collector.url}/v1/traces`, 'http/protobuf', more)), collector]
}
async function grpc(answer?: GrpcAnswer, more: Partial<Endpoint> = {}): Promise<[Transport, Collector]> {
  const collector = await grpcCollector(answer)
  open.push(collector)
  return [new GrpcTransport('traces', endpointOf(collector.url, 'grpc', more)), collector]
}
function endpointOf(url: string, protocol: Endpoint['protocol'], more: Partial<Endpoint> = {}): Endpoint {
  return {
    protocol,
    url,
    headers: { authorization: 'Bearer x' },
    gzip: false,
    timeout: 2000,
    tls: {},
    ...more,
  }
}

/** Protobuf, by hand: a field with a length. */
const field = (number: number, content: Uint8Array | string): Buffer => {
  const body = Buffer.from(content as string)
  return Buffer.concat([Buffer.from([number * 8 + 2, body.length]), body])
}
const PARTIAL = field(1, Buffer.concat([Buffer.from([8, 5]), field(2, 'too old')]))
/** google.rpc.Status with RetryInfo of 1.5 s. */
const RETRY_INFO = field(
  3,
  Buffer.concat([
    field(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    // nanos: 500000000
    field(2, field(1, Buffer.from([8, 1, 16, 0x80, 0xca, 0xb5, 0xee, 0x01]))),
  ]),
)

describe('HTTP', () => {
  const status =
    (code: number, headers: Record<string, string> = {}, body: string | Buffer = ''): HttpAnswer =>
    (_request, response) =>
      void response.writeHead(code, headers).end(body)

  test('a request: path, headers, the form of what is sent; connections are kept', async () => {
    const [transport, collector] = await http()
    for (const text of ['one', 'two', 'three']) {
      expect(await transport.send(bytes(text), 'protobuf')).toMatchObject({ kind: 'delivered', rejected: 0 })
    }
    await transport.send(bytes('{}'), 'json')
    expect(collector.bodies()).toEqual(['one', 'two', 'three', '{}'])
    expect(collector.sockets()).toBe(1)
    expect(collector.received.map(({ headers }) => headers['content-type'])).toEqual([
      'application/x-protobuf',
      'application/x-protobuf',
      'application/x-protobuf',
      'application/json',
    ])
    expect(collector.received[0]).toMatchObject({
      path: '/v1/traces',
      headers: { authorization: 'Bearer x' },
    })
    expect(transport.connected).toBe(true)
  })

  test('gzip', async () => {
    const [transport, collector] = await http(undefined, { gzip: true })
    await transport.send(bytes('x'.repeat(1000)), 'protobuf')
    expect(collector.received[0]!.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(collector.received[0]!.body).toString()).toBe('x'.repeat(1000))
  })

  test.each([
    [429, { 'retry-after': '7' }, { kind: 'retry', after: 7000, unsure: false }],
    [503, {}, { kind: 'retry', after: undefined, unsure: false }],
    [502, {}, { kind: 'retry', unsure: true }],
    [504, { 'retry-after': 'nonsense' }, { kind: 'retry', after: undefined }],
    [503, { 'retry-after': '99999999' }, { kind: 'retry', after: 3_600_000 }],
    [400, {}, { kind: 'refused', reason: 'HTTP 400 (the collector could not read it)' }],
    [401, {}, { kind: 'refused', reason: 'HTTP 401 (check OTEL_EXPORTER_OTLP_HEADERS)' }],
    [403, {}, { kind: 'refused', reason: expect.stringContaining('no permission') as string }],
    [404, {}, { kind: 'refused', reason: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT') as string }],
    [
      413,
      {},
      { kind: 'refused', reason: expect.stringContaining('OTEL_BSP_MAX_EXPORT_BATCH_SIZE') as string },
    ],
    [500, {}, { kind: 'refused', error: '500' }],
    [
      307,
      { location: '/elsewhere' },
      { kind: 'refused', reason: expect.stringContaining('redirects') as string },
    ],
  ])('status %i %j', async (code, headers, outcome) => {
    const [transport] = await http(status(code, headers as Record<string, string>))
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject(outcome)
  })

  test('Retry-After as a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const [transport] = await http(status(503, { 'retry-after': date }))
    const { after } = (await transport.send(bytes('x'), 'protobuf')) as { after: number }
    expect(after).toBeGreaterThan(57_000)
    expect(after).toBeLessThanOrEqual(60_000)
  })

  test.each([
    ['protobuf', { 'content-type': 'application/x-protobuf' }, PARTIAL],
    [
      'JSON',
      { 'content-type': 'application/json' },
      '{"partialSuccess":{"rejectedSpans":"5","errorMessage":"too old"}}',
    ],
  ])('partial success in %s', async (_name, headers, body) => {
    const [transport] = await http(status(200, headers as Record<string, string>, body))
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
      kind: 'delivered',
      rejected: 5,
      reason: 'too old',
    })
  })

  test('the message of an error is read, in protobuf too, and is bounded', async () => {
    const type = { 'content-type': 'application/x-protobuf' }
    const [transport] = await http(status(400, type, field(2, 'bad span')))
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
      reason: 'HTTP 400 (the collector could not read it): bad span',
    })
    const [long] = await http(status(400, { 'content-type': 'text/plain' }, 'x'.repeat(900_000)))
    expect(((await long.send(bytes('x'), 'protobuf')) as { reason: string }).reason.length).toBeLessThan(300)
  })

  test('an answer that does not end is not read to its end', async () => {
    const [transport] = await http((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more)
      }
      response.on('error', () => {})
      more()
    })
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  })

  test('nobody listens: tried again, nothing can have arrived', async () => {
    const [transport, collector] = await http()
    await collector.close()
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
      kind: 'retry',
      error: 'ECONNREFUSED',
      unsure: false,
    })
    expect(transport.connected).toBe(false)
  })

  test('no answer, and an answer that stalls: perhaps taken; the next one has another connection', async () => {
    let behaviour: HttpAnswer = () => {}
    const [transport, collector] = await http((...args) => behaviour(...args), { timeout: 100 })
    const late = { kind: 'retry', reason: 'no answer in 100 ms', error: 'timeout', unsure: true }
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual(late)
    behaviour = (_request, response) => void response.writeHead(200).write('a part')
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual(late)
    behaviour = (_request, response) => void response.end()
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    await until('the silent connections are closed', () => collector.sockets() === 1)
  })

  test('reset in the middle: perhaps taken', async () => {
    const [transport] = await http((_request, response) => void response.socket?.resetAndDestroy())
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'retry', unsure: true })
  })

  test('a kept connection that the server closed, a server that was restarted: no failure at all', async () => {
    const [transport, collector] = await http()
    await transport.send(bytes('x'), 'protobuf')
    collector.reset()
    // At once: the client has not seen the reset yet.
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    await collector.close()
    const again = await httpCollector(undefined, collector.port)
    open.push(again)
    expect(await transport.send(bytes('z'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  })
})

describe.each(['HTTP', 'gRPC'])('%s, a kept connection', (kind) => {
  test('it is reset when the request was taken: sent again at once, and perhaps there twice', async () => {
    let resets = false
    const reset = (): void => {
      resets = false
      collector.reset()
    }
    const [transport, collector] =
      kind === 'HTTP'
        ? await http((_request, response) => void (resets ? reset() : response.end()))
        : await grpc((_request, stream) => (resets ? reset() : grpcAnswer(stream)))
    expect(await transport.send(bytes('x'), 'protobuf')).not.toHaveProperty('unsure')
    resets = true
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered', unsure: true })
    expect(collector.bodies()).toEqual(['x', 'y', 'y'])
  })
})

describe('gRPC', () => {
  const details = (status: Uint8Array): Record<string, string> => ({
    'grpc-status-details-bin': Buffer.from(status).toString('base64'),
  })

  test('a call: path, headers, one connection for many at once', async () => {
    const [transport, collector] = await grpc()
    const outcomes = await Promise.all(
      ['one', 'two', 'three'].map((text) => transport.send(bytes(text), 'protobuf')),
    )
    expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'delivered' })))
    expect(collector.bodies()).toEqual(['one', 'two', 'three'])
    expect(collector.sockets()).toBe(1)
    expect(collector.received[0]).toMatchObject({
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      headers: { authorization: 'Bearer x', 'content-type': 'application/grpc' },
    })
  })

  test('gzip', async () => {
    const [transport, collector] = await grpc(undefined, { gzip: true })
    await transport.send(bytes('x'.repeat(1000)), 'protobuf')
    expect(collector.received[0]!.headers['grpc-encoding']).toBe('gzip')
    expect(gunzipSync(collector.received[0]!.body).toString()).toBe('x'.repeat(1000))
  })

  test('an answer that is cut off before its status: perhaps taken, tried again', async () => {
    const [transport] = await grpc((_request, stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.end(Buffer.alloc(5))
    })
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
      kind: 'retry',
      reason: 'the answer was cut off',
      error: 'ECONNRESET',
      unsure: true,
    })
  })

  test.each([
    ['UNAVAILABLE', 14, {}, { kind: 'retry', after: undefined, error: '14', unsure: false }],
    ['UNAVAILABLE with RetryInfo', 14, details(RETRY_INFO), { kind: 'retry', after: 1500 }],
    ['UNAVAILABLE with pushback', 14, { 'grpc-retry-pushback-ms': '250' }, { kind: 'retry', after: 250 }],
    [
      'details that are no message',
      14,
      details(Buffer.from([255, 255, 255])),
      { kind: 'retry', after: undefined },
    ],
    ['DEADLINE_EXCEEDED', 4, {}, { kind: 'retry', unsure: true }],
    ['RESOURCE_EXHAUSTED', 8, {}, { kind: 'refused' }],
    ['RESOURCE_EXHAUSTED with RetryInfo', 8, details(RETRY_INFO), { kind: 'retry', after: 1500 }],
    [
      'a message too large',
      8,
      { 'grpc-message': 'received message larger than max (5 vs. 4)' },
      { kind: 'refused', reason: expect.stringContaining('OTEL_BSP_MAX_EXPORT_BATCH_SIZE') as string },
    ],
    [
      'INVALID_ARGUMENT',
      3,
      { 'grpc-message': 'bad%20span' },
      { kind: 'refused', reason: 'gRPC status 3: bad span' },
    ],
    ['UNIMPLEMENTED', 12, {}, { kind: 'refused', reason: expect.stringContaining('no receiver') as string }],
    ['UNAUTHENTICATED', 16, {}, { kind: 'refused', reason: expect.stringContaining('HEADERS') as string }],
  ])('%s', async (_name, status, trailers, outcome) => {
    const [transport] = await grpc((_request, stream) => grpcAnswer(stream, status, trailers))
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject(outcome)
  })

  test('partial success', async () => {
    const [transport] = await grpc((_request, stream) => grpcAnswer(stream, 0, {}, PARTIAL))
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
      kind: 'delivered',
      rejected: 5,
      reason: 'too old',
    })
  })

  test('an answer without a gRPC status: for good, with a hint', async () => {
    const [transport] = await grpc((_request, stream) => {
      stream.respond({ ':status': 404 })
      stream.end()
    })
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('is this port for OTLP over gRPC?') as string,
    })
  })

  test('an HTTP/1.1 server: tried again, not a crash', async () => {
    const [, collector] = await http()
    const transport: Transport = new GrpcTransport('traces', endpointOf(collector.url, 'grpc'))
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'retry' })
  })

  test('nobody listens: tried again, nothing can have arrived', async () => {
    const [transport, collector] = await grpc()
    await collector.close()
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
      kind: 'retry',
      error: 'ECONNREFUSED',
      unsure: false,
    })
    expect(transport.connected).toBe(false)
  })

  test('no answer: perhaps taken; the next one has another connection', async () => {
    let silent = true
    const [transport, collector] = await grpc((_request, stream) => void (silent || grpcAnswer(stream)), {
      timeout: 100,
    })
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
      kind: 'retry',
      reason: 'no answer in 100 ms',
      error: 'timeout',
      unsure: true,
    })
    silent = false
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    expect(collector.connections()).toBe(2)
    await until('the silent connection is closed', () => collector.sockets() === 1)
  })

  test('a connection the server took down, a server that was restarted: no failure at all', async () => {
    const [transport, collector] = await grpc()
    await transport.send(bytes('x'), 'protobuf')
    collector.reset()
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    await collector.close()
    open.push(await grpcCollector(undefined, collector.port))
    expect(await transport.send(bytes('z'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  })

  test('a server that goes away in good order answers what is on its way, and is left for the next', async () => {
    let streams = 0
    const [transport, collector] = await grpc((_request, stream) => {
      if (++streams === 1) stream.session?.goaway()
      grpcAnswer(stream)
    })
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    expect(collector.bodies()).toEqual(['x', 'y'])
  })
})

describe('a server that takes the connection and says nothing', () => {
  test.each(['grpc', 'http/protobuf'] as const)('%s', async (protocol) => {
    const silent: Server = createServer(() => {}).listen(0, '127.0.0.1')
    open.push(silent)
    await new Promise((resolve) => silent.once('listening', resolve))
    silent.on('connection', (socket) => open.push({ close: () => socket.destroy() }))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const endpoint = endpointOf(url, protocol, { timeout: 100 })
    const transport = protocol === 'grpc' ? new GrpcTransport('logs', endpoint) : new HttpTransport(endpoint)
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'retry', error: 'timeout' })
  })
})

describe('TLS', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-tls-'))
    for (const name of ['one', 'two']) {
      const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject].concat([
          '-keyout',
          join(dir, `${name}.key`),
          '-out',
          join(dir, `${name}.pem`),
        ]),
        { stdio: 'ignore' },
      )
    }
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const read = (file: string): Buffer => readFileSync(join(dir, file))

  test('mTLS; the client certificate is renewed while the process runs: new connections use it', async () => {
    const seen: string[] = []
    const server = createHttps(
      {
        key: read('one.key'),
        cert: read('one.pem'),
        ca: [read('one.pem'), read('two.pem')],
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        seen.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
        request.resume().on('end', () => response.end())
      },
    ).listen(0, '127.0.0.1')
    open.push({ close: () => (server.closeAllConnections(), server.close()) })
    await new Promise((resolve) => server.once('listening', resolve))
    for (const part of ['key', 'pem']) copyFileSync(join(dir, `one.${part}`), join(dir, `client.${part}`))
    const tls = { ca: join(dir, 'one.pem'), cert: join(dir, 'client.pem'), key: join(dir, 'client.key') }
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
    const transport = new HttpTransport(endpointOf(url, 'http/protobuf', { tls }))
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    for (const part of ['key', 'pem']) {
      copyFileSync(join(dir, `two.${part}`), join(dir, `client.${part}`))
      utimesSync(join(dir, `client.${part}`), 1, 1)
    }
    const later = performance.now() + 6000
    const clock = jest.spyOn(performance, 'now').mockReturnValue(later)
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    clock.mockRestore()
    expect(seen).toEqual(['one', 'two'])

    const stranger = new HttpTransport(
      endpointOf(url, 'http/protobuf', { tls: { ca: join(dir, 'two.pem') } }),
    )
    expect(await stranger.send(bytes('z'), 'protobuf')).toMatchObject({ kind: 'retry', unsure: false })
  })
})
