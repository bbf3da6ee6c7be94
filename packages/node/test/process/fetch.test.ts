// fetch and undici on real connections, under the preload from source; what the app sees is compared with a run without it.
import { draw, useHttpFixture } from '../support/http-fixture.ts'

const ran = useHttpFixture('fetch.mjs')

// app
//   client GET /first          the first, which has brought the integration in
//   …
//   client GET /redirect
//   client GET /target
test('a span for each request', () => {
  const clients = ran.spans('@waybill/node/undici')
  expect(clients.map(draw)).toEqual([
    'client GET /first 200',
    'client GET /own 200',
    'client POST /post 200',
    'client GET /redirect 302',
    'client GET /target 200',
    'client GET /404 404 404 !',
    'client GET /refused - ECONNREFUSED !',
    'client GET /silent - TimeoutError !',
    'client GET /baggage 200',
    'client GET /undici 200',
  ])
  const [app] = ran.viewer.spans({ service: 'fetch.mjs', name: 'app' })
  expect(clients.every(({ parentSpanId }) => parentSpanId === app!.spanId)).toBe(true)
  expect(clients[0]!.attributes).toMatchObject({
    'url.full': expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/first\?sig=REDACTED&b=2$/),
    'url.query': 'sig=REDACTED&b=2',
    'url.scheme': 'http',
    'server.address': '127.0.0.1',
    'network.peer.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'user_agent.original': 'node',
  })
  expect(clients.at(-1)!.attributes['user_agent.original']).toBe('test/1')
})

test('what arrives continues the trace, each header once', () => {
  const spans = ran.spans()
  const arrived = ran.told['arrived'] as Record<
    string,
    { traceparent?: string; baggage?: string; raw: number }
  >
  const { '/suppressed': suppressed, ...others } = arrived
  expect(suppressed).toEqual({ raw: 0 })
  for (const [path, { traceparent, raw }] of Object.entries(others)) {
    const client = spans.find(({ kind, spanId }) => kind === 3 && spanId === traceparent?.slice(36, 52))
    expect({ path, raw, found: client?.attributes['url.path'] }).toEqual({
      path,
      raw: 2,
      found: path.split('?')[0],
    })
  }
  expect(arrived['/own']!.baggage).toMatch(/^mine=1,operation_id=/)
  expect(arrived['/baggage']!.baggage).toMatch(/^tenant=acme,operation_id=/)
})

test('the app sees the same as without us', () => {
  expect(ran.told['what']).toEqual(ran.bare['what'])
})
