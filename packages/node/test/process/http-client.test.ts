// HTTP clients on real connections, under the preload from source; what the app sees is compared with a run without it.
import type { SpanRow } from '@waybill/viewer'
import { draw, useHttpFixture } from '../support/http-fixture.ts'

const ran = useHttpFixture('client.cjs')

// app
//   client GET /url …
//   /queued/1
//     client GET /queued/1
test('a span for each request, however it ends', () => {
  const clients = ran.spans().filter(({ kind }) => kind === 3)
  expect(clients.map(draw).toSorted()).toEqual(
    [
      'client GET /url?q=1&X-Amz-Signature=REDACTED 200',
      'client POST /options 200',
      'client GET /both 200',
      'client GET /own 200',
      'client GET /array 200',
      'client POST /expect 200',
      'client GET /no-agent 200',
      'client GET /queued/1 200',
      'client GET /queued/2 200',
      'client GET /queued/3 200',
      'client GET /secure 200',
      'client GET /404 404 404 !',
      'client GET /500 500 500 !',
      'client GET /hints 200',
      'client HEAD /head 200',
      'client GET /refused - ECONNREFUSED !',
      'client GET /silent - ESLOW !',
      'client GET /silent - ABORT_ERR !',
      'client GET /cut 200 ECONNRESET !',
      'client GET /upgrade 101',
      'client CONNECT  200',
      'client GET /baggage 200',
      // Two that the app has made of nonsense, and destroyed.
      'client GET / - ECONNRESET !',
      'client GET / - ECONNRESET !',
    ].toSorted(),
  )
})

test('each is in its trace, and what arrives continues it', () => {
  const spans = ran.viewer.spans({ service: 'client.cjs' })
  const arrived = ran.told['arrived'] as Record<string, { traceparent?: string; raw: number }>
  const { '/suppressed': suppressed, ...others } = arrived
  expect(suppressed!.raw).toBe(0)
  for (const [path, { traceparent, raw }] of Object.entries(others)) {
    const client = spans.find(({ spanId }) => spanId === traceparent?.slice(36, 52))
    expect({ path, raw, kind: client?.kind }).toEqual({ path, raw: 2, kind: 3 })
    const parent = spans.find(({ spanId }) => spanId === client!.parentSpanId)
    expect(parent!.name).toBe(path.startsWith('/queued') ? path : 'app')
  }
})

test("the app's own baggage stays, ours comes to it", () => {
  const {
    '/own': own,
    '/array': array,
    '/baggage': baggage,
  } = ran.told['arrived'] as Record<string, { baggage: string; host: string }>
  expect(own!.baggage).toMatch(/^mine=1,operation_id=(?!ffffffff)[0-9a-f]{8}$/)
  expect(array).toMatchObject({
    baggage: expect.stringMatching(/^mine=1,operation_id=/),
    host: 'virtual.example',
  })
  expect(baggage!.baggage).toMatch(/^tenant=acme,operation_id=/)
})

test('attributes', () => {
  const find = (path: string): SpanRow =>
    ran.spans().find(({ attributes }) => (attributes['url.full'] as string | undefined)?.endsWith(path))!
  const port = expect.any(Number) as number
  expect(find('/options').attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'server.address': '127.0.0.1',
    'server.port': port,
    'url.full': expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/options$/),
    'user_agent.original': 'test/1',
    'network.peer.address': '127.0.0.1',
    'network.peer.port': port,
    'network.protocol.version': '1.1',
    operation_id: expect.any(String),
  })
  // Its Host header is one of the app's own: the port is that of the connection.
  expect(find('/array').attributes['server.port']).toBe(find('/options').attributes['server.port'])
  expect(find('/refused').events).toMatchObject([{ name: 'exception' }])
})

test('the app sees functions, requests, responses, errors and its own context as without us', () => {
  const { what, names } = ran.told
  const without = ran.bare
  expect({ what, names }).toEqual({ what: without['what'], names: without['names'] })
})

test('durations', () => {
  expect(ran.durations('client').map(({ attributes }) => attributes)).toContainEqual({
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': 1,
    'error.type': 'ECONNREFUSED',
  })
})
