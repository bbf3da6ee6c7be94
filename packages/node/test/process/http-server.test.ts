// HTTP servers on real connections, under the preload from source; what the app sees is compared with a run without it.
import { draw, useHttpFixture, type Seen } from '../support/http-fixture.ts'
import { run, to } from '../support/run.ts'

/** The sender of `/plain` in server.cjs. */
const REMOTE = { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' }

const ran = useHttpFixture('server.cjs')

// server GET /plain          continues the trace of `traceparent`
// server HEAD /head …        each begins a trace of its own
test('a span for each request, upgrade excepted', () => {
  expect(
    ran
      .spans()
      .filter(({ kind }) => kind === 2)
      .map(draw),
  ).toEqual([
    'server GET /plain 200',
    'server HEAD /head 200',
    'server POST /normal%20path 200',
    'server GET /forwarded 200',
    'server GET /x-forwarded 200',
    'server PURGE /purge 200',
    'server GET /404 404',
    'server GET /500 500 500 !',
    'server GET /throws 503 TypeError !',
    'server GET /aborted - ECONNRESET !',
    'server GET /aborted-late 200',
    'server GET /destroyed - EGONE !',
    'server GET /secure 200',
  ])
})

test('attributes of a request', () => {
  const [plain, , , forwarded, xForwarded, purge] = ran.spans()
  expect(plain).toMatchObject(REMOTE)
  expect(plain!.attributes).toEqual({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'url.scheme': 'http',
    'url.path': '/plain',
    'url.query': 'a=1&sig=REDACTED',
    'server.address': 'shop.example',
    'server.port': 8080,
    'client.address': '127.0.0.1',
    'network.peer.address': '127.0.0.1',
    'network.peer.port': expect.any(Number),
    'network.protocol.version': '1.1',
    'user_agent.original': 'test/1',
    operation_id: 'a1b2c3d4',
  })
  expect(forwarded!.attributes).toMatchObject({
    'client.address': '2001:db8::1',
    'server.address': 'shop.example',
    'server.port': 443,
  })
  expect(xForwarded!.attributes).toMatchObject({
    'client.address': '203.0.113.9',
    'server.address': 'front.example',
    'server.port': 443,
  })
  expect(purge!.attributes).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PURGE',
  })
  const secure = ran.spans().find(({ attributes }) => attributes['url.path'] === '/secure')
  expect(secure!.attributes).toMatchObject({ 'url.scheme': 'https', 'server.address': '127.0.0.1' })
})

test('what a handler throws is on its span, which ends with the answer', () => {
  const throws = ran.spans().find(({ attributes }) => attributes['url.path'] === '/throws')
  expect(throws).toMatchObject({
    statusMessage: 'no good',
    attributes: { 'error.type': 'TypeError', 'http.response.status_code': 503 },
    events: [{ name: 'exception' }],
  })
  expect(ran.told).toMatchObject({ survived: 1, outside: false })
})

test('what it throws ends the span, when it ends the process', async () => {
  const code = `
    const http = require('node:http')
    const server = http.createServer(() => { throw new RangeError('the end') })
    server.listen(0, '127.0.0.1', () => http.get({ host: '127.0.0.1', port: server.address().port }).on('error', () => {}))`
  const env = { ...to(ran.viewer), OTEL_SERVICE_NAME: 'the end' }
  const ended = await run('--eval', { args: [code], env }).ended
  expect(ended.code).toBe(1)
  expect(
    ran.viewer
      .spans({ service: 'the end' })
      .map(({ statusMessage, attributes }) => [statusMessage, attributes['error.type']]),
  ).toEqual([['the end', 'RangeError']])
})

test('the app sees its request and response as they are without us, but for the baggage', () => {
  const { seen, ...rest } = ran.told as { seen: Record<string, Seen> }
  expect(seen['/plain']!['baggage']).toEqual(['tenant=acme'])
  delete seen['/plain']!['baggage']
  expect({ seen, ...rest }).toEqual(ran.bare)
})

test('durations', () => {
  const rows = ran.durations('server')
  const shape = { unit: 's', type: 'histogram', description: 'Duration of HTTP server requests.' }
  expect(rows[0]).toMatchObject(shape)
  const points = rows.map(({ attributes }) => attributes)
  const plain = { 'http.request.method': 'GET', 'url.scheme': 'http', 'network.protocol.version': '1.1' }
  expect(points).toContainEqual({ ...plain, 'http.response.status_code': 200 })
  expect(points).toContainEqual({ ...plain, 'http.response.status_code': 500, 'error.type': '500' })
  expect(points).toContainEqual({ ...plain, 'error.type': 'ECONNRESET' })
  expect(points).toContainEqual({ ...plain, 'url.scheme': 'https', 'http.response.status_code': 200 })
})
