// HTTP over real connections, under the preload from source; what the app sees is compared with a run without it.
import { startViewer, type MetricRow, type SpanRow, type Viewer } from '@waybill/viewer'
import { PRELOAD, run, to } from '../support/run.ts'

const KINDS = ['', 'internal', 'server', 'client']
/** The sender of `/plain` in server.cjs. */
const REMOTE = { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' }

interface Seen {
  [name: string]: unknown
}
let viewer: Viewer
const told = new Map<string, Seen>()
const bare = new Map<string, Seen>()
const ends: { fixture: string; code: number | null; stderr: string }[] = []
const FIXTURES = ['context.cjs', 'server.cjs', 'client.cjs', 'fetch.mjs']

beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
  for (const fixture of FIXTURES) {
    const env = { ...to(viewer), OTEL_SERVICE_NAME: fixture }
    const runs = [run(`http/${fixture}`, { env }), run(`http/${fixture}`, { flags: [] })]
    const [with_, without] = await Promise.all(runs.map(({ ended }) => ended))
    ends.push({ fixture, ...with_! }, { fixture, ...without! })
    told.set(fixture, JSON.parse(with_!.stdout) as Seen)
    bare.set(fixture, JSON.parse(without!.stdout) as Seen)
  }
}, 120_000)
afterAll(() => viewer?.close())

const spansOf = (fixture: string, scope = '@waybill/node/'): SpanRow[] =>
  viewer.spans({ service: fixture }).filter((span) => span.scope.startsWith(scope))

const durations = (service: string, side: 'server' | 'client'): MetricRow[] =>
  viewer.metrics({ service }).filter(({ name }) => name === `http.${side}.request.duration`)

/** `server GET /path 200`, an error with its type. */
const draw = ({ kind, name, attributes, status }: SpanRow): string => {
  const full = attributes['url.full'] as string | undefined
  const path = (attributes['url.path'] as string | undefined) ?? full?.replace(/^https?:\/\/[^/]*/, '')
  const code = (attributes['http.response.status_code'] as number | undefined) ?? '-'
  const error = attributes['error.type'] as string | undefined
  return `${KINDS[kind]} ${name} ${path} ${code}${error === undefined ? '' : ` ${error}`}${status === 2 ? ' !' : ''}`
}

test('all ran to their end', () => {
  for (const { fixture, code, stderr } of ends)
    expect({ fixture, code, stderr }).toEqual({ fixture, code: 0, stderr: '' })
})

describe('context in listeners', () => {
  // Each request has its span; `seen` are triples: what, the request it belongs to, whose context was active.
  test('data, end, close, finish, error, aborted: each in the context of its own request', () => {
    const { seen } = told.get('context.cjs')! as { seen: [string, string, string][] }
    const others = seen.filter(([, own, active]) => own !== active)
    // Over TLS, Node sends the second of two pipelined answers from within the end of the first.
    expect(others).toEqual([
      ['response finish', '/https/p2', '/https/p1'],
      ['response close', '/https/p2', '/https/p1'],
    ])
    const heard = new Set(seen.map(([what]) => what))
    const listeners = ['request data', 'request end', 'request close', 'request aborted', 'request error']
    const rest = ['response finish', 'response close', 'promise', 'nextTick', 'setImmediate', 'timer']
    expect([...heard].toSorted()).toEqual([...listeners, ...rest, 'upgrade', 'clientError'].toSorted())
  })

  test('200 requests at a time, and all before and after them on one connection, have a span each', () => {
    expect(told.get('context.cjs')).toMatchObject({ requests: 216, outside: 'none' })
    expect(spansOf('context.cjs').filter(({ kind }) => kind === 2)).toHaveLength(216)
  })

  test("the app's own AsyncLocalStorage is as it was", () => {
    expect(told.get('context.cjs')!['own']).toEqual(bare.get('context.cjs')!['own'])
  })
})

describe('server', () => {
  // server GET /plain          continues the trace of `traceparent`
  // server HEAD /head …        each begins a trace of its own
  test('a span for each request, upgrade excepted', () => {
    expect(
      spansOf('server.cjs')
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
    const [plain, , , forwarded, xForwarded, purge] = spansOf('server.cjs')
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
    const secure = spansOf('server.cjs').find(({ attributes }) => attributes['url.path'] === '/secure')
    expect(secure!.attributes).toMatchObject({ 'url.scheme': 'https', 'server.address': '127.0.0.1' })
  })

  test('what a handler throws is on its span, which ends with the answer', () => {
    const throws = spansOf('server.cjs').find(({ attributes }) => attributes['url.path'] === '/throws')
    expect(throws).toMatchObject({
      statusMessage: 'no good',
      attributes: { 'error.type': 'TypeError', 'http.response.status_code': 503 },
      events: [{ name: 'exception' }],
    })
    expect(told.get('server.cjs')).toMatchObject({ survived: 1, outside: false })
  })

  test('what it throws ends the span, when it ends the process', async () => {
    const code = `
      const http = require('node:http')
      const server = http.createServer(() => { throw new RangeError('the end') })
      server.listen(0, '127.0.0.1', () => http.get({ host: '127.0.0.1', port: server.address().port }).on('error', () => {}))`
    const env = { ...to(viewer), OTEL_SERVICE_NAME: 'the end' }
    const ended = await run('--eval', { args: [code], env }).ended
    expect(ended.code).toBe(1)
    expect(
      spansOf('the end').map(({ statusMessage, attributes }) => [statusMessage, attributes['error.type']]),
    ).toEqual([['the end', 'RangeError']])
  })

  test('the app sees its request and response as they are without us, but for the baggage', () => {
    const { seen, ...rest } = told.get('server.cjs')! as { seen: Record<string, Seen> }
    expect(seen['/plain']!['baggage']).toEqual(['tenant=acme'])
    delete seen['/plain']!['baggage']
    expect({ seen, ...rest }).toEqual(bare.get('server.cjs'))
  })

  test('durations', () => {
    const rows = durations('server.cjs', 'server')
    const shape = { unit: 's', type: 'histogram', description: 'Duration of HTTP server requests.' }
    expect(rows[0]).toMatchObject(shape)
    const points = rows.map(({ attributes }) => attributes)
    const plain = { 'http.request.method': 'GET', 'url.scheme': 'http', 'network.protocol.version': '1.1' }
    expect(points).toContainEqual({ ...plain, 'http.response.status_code': 200 })
    expect(points).toContainEqual({ ...plain, 'http.response.status_code': 500, 'error.type': '500' })
    expect(points).toContainEqual({ ...plain, 'error.type': 'ECONNRESET' })
    expect(points).toContainEqual({ ...plain, 'url.scheme': 'https', 'http.response.status_code': 200 })
  })
})

describe('client', () => {
  // app
  //   client GET /url …
  //   /queued/1
  //     client GET /queued/1
  test('a span for each request, however it ends', () => {
    const clients = spansOf('client.cjs').filter(({ kind }) => kind === 3)
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
    const spans = viewer.spans({ service: 'client.cjs' })
    const arrived = told.get('client.cjs')!['arrived'] as Record<
      string,
      { traceparent?: string; raw: number }
    >
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
    } = told.get('client.cjs')!['arrived'] as Record<string, { baggage: string; host: string }>
    expect(own!.baggage).toMatch(/^mine=1,operation_id=(?!ffffffff)[0-9a-f]{8}$/)
    expect(array).toMatchObject({
      baggage: expect.stringMatching(/^mine=1,operation_id=/),
      host: 'virtual.example',
    })
    expect(baggage!.baggage).toMatch(/^tenant=acme,operation_id=/)
  })

  test('attributes', () => {
    const find = (path: string): SpanRow =>
      spansOf('client.cjs').find(({ attributes }) =>
        (attributes['url.full'] as string | undefined)?.endsWith(path),
      )!
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
    const { what, names } = told.get('client.cjs')!
    const without = bare.get('client.cjs')!
    expect({ what, names }).toEqual({ what: without['what'], names: without['names'] })
  })

  test('durations', () => {
    expect(durations('client.cjs', 'client').map(({ attributes }) => attributes)).toContainEqual({
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': 1,
      'error.type': 'ECONNREFUSED',
    })
  })
})

describe('fetch and undici', () => {
  // app
  //   client GET /first          the first, which has brought the integration in
  //   …
  //   client GET /redirect
  //   client GET /target
  test('a span for each request', () => {
    const clients = spansOf('fetch.mjs', '@waybill/node/undici')
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
    const [app] = viewer.spans({ service: 'fetch.mjs', name: 'app' })
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
    const spans = spansOf('fetch.mjs')
    const arrived = told.get('fetch.mjs')!['arrived'] as Record<
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
    expect(told.get('fetch.mjs')!['what']).toEqual(bare.get('fetch.mjs')!['what'])
  })
})

test('upstream’s own instrumentations are there on request', async () => {
  const code = `
    const http = require('node:http')
    const server = http.createServer((request, response) => response.end('ok'))
    server.listen(0, '127.0.0.1', async () => {
      await (await fetch('http://127.0.0.1:' + server.address().port)).text()
      server.close()
    })`
  const env = {
    ...to(viewer),
    OTEL_SERVICE_NAME: 'otel',
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http-otel,undici-otel',
  }
  const ended = await run('--eval', { args: [code], env, flags: PRELOAD }).ended
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(
    viewer
      .spans({ service: 'otel' })
      .map(({ scope }) => scope)
      .toSorted(),
  ).toEqual(['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-undici'])
})

test('without sampling: no span, but context, operation, propagation and durations', async () => {
  const code = `
    const http = require('node:http')
    const { trace } = require('@opentelemetry/api')
    const server = http.createServer((request, response) => {
      const { traceId, traceFlags } = trace.getActiveSpan().spanContext()
      const { traceparent, baggage } = request.headers
      console.log(JSON.stringify({ same: traceparent?.includes(traceId) ?? 'root', traceFlags, baggage }))
      if (request.url === '/end') return response.end('ok')
      http.get({ host: '127.0.0.1', port: server.address().port, path: '/end' }, (answer) => answer.resume().on('end', () => response.end('ok')))
    })
    server.listen(0, '127.0.0.1', async () => {
      await new Promise((resolve) => require('node:net').connect(server.address().port, '127.0.0.1').on('close', resolve).resume()
        .end('GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'))
      server.closeAllConnections()
      server.close()
    })`
  const env = { ...to(viewer), OTEL_SERVICE_NAME: 'off', OTEL_TRACES_SAMPLER: 'always_off' }
  const { stdout, stderr } = await run('--eval', { args: [code], env }).ended
  expect(stderr).toBe('')
  const [outer, inner] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen)
  expect(outer).toMatchObject({ same: 'root' })
  expect(inner).toMatchObject({ same: true, baggage: expect.stringMatching(/^operation_id=[0-9a-f]{8}$/) })
  expect((inner!['traceFlags'] as number) & 1).toBe(0)
  expect(viewer.spans({ service: 'off' })).toEqual([])
  const names = viewer.metrics({ service: 'off' }).map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['http.server.request.duration', 'http.client.request.duration']),
  )
})
