import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { emptyResource } from '@opentelemetry/resources'
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { HttpInstrumentation } from '../src/integrations/http.ts'
import { clientAddress, serverAddress } from '../src/integrations/http/address.ts'
import { clientRequestSetter, withTheirs } from '../src/integrations/http/inject.ts'
import { readTarget, redactQuery } from '../src/integrations/http/url.ts'
import { TracerProvider } from '../src/tracing/tracer-provider.ts'

const SECRET = ['sig', 'Signature']

describe('the target of a request', () => {
  // Short ways must come to what a URL parser comes to.
  test.each([
    '/',
    '/items/42',
    '/a%20b/c;d=1,e',
    '/a/../b',
    '/a/./b',
    '/%2e%2E/b',
    '/.well-known/x',
    '//host/path',
    '/ä€',
    '/a b',
    '/a\\b',
    '/x?a=1',
    '/x?',
    '/x?a',
    '/x?a=1&b=2&a=3',
    '/x?a=%20&b=+',
    '/x?a=1#fragment',
    '/x#fragment?a=1',
    '/x?sig=1&b=2',
    '/x?Signature=a&sig=b',
    '/x?signature=other&design=1',
    '/x?a[]=1',
    '/x?a=b=c',
    '*',
    'http://other.example/path?a=1',
  ])('%s', (target) => {
    const url = URL.parse(target, 'http://localhost')!
    const params = new URLSearchParams(url.search)
    for (const name of SECRET) if (params.has(name)) params.set(name, 'REDACTED')
    expect(readTarget(target, SECRET)).toEqual({ path: url.pathname, query: params.toString() })
  })

  test('what no parser takes stays as it is', () => {
    expect(readTarget('http://[bad', SECRET)).toEqual({ path: 'http://[bad', query: '' })
    expect(redactQuery('', SECRET)).toBe('')
  })
})

describe('addresses', () => {
  test.each([
    [{ host: 'shop.example' }, { host: 'shop.example', port: '80' }],
    [{ host: 'shop.example:81' }, { host: 'shop.example', port: '81' }],
    [{ host: '[::1]:81' }, { host: '[::1]', port: '81' }],
    [{ host: '' }, undefined],
    [{}, undefined],
    [
      { host: 'a', forwarded: 'for=b;host=c:1, host=d' },
      { host: 'c', port: '1' },
    ],
    [
      { host: 'a', forwarded: 'for=b' },
      { host: 'a', port: '80' },
    ],
    [
      { host: 'a', forwarded: 'for=b, host="c";proto=https' },
      { host: 'c', port: '443' },
    ],
    [
      { host: 'a', 'x-forwarded-host': 'c' },
      { host: 'c', port: undefined },
    ],
    [
      { host: 'a', 'x-forwarded-host': 'c', 'x-forwarded-proto': 'https' },
      { host: 'c', port: '443' },
    ],
  ])('server, of %j', (headers, expected) => {
    expect(serverAddress(headers, 'http')).toEqual(expected)
  })

  test.each([
    [{}, '10.0.0.1'],
    [{ 'x-forwarded-for': '203.0.113.9, 10.0.0.2' }, '203.0.113.9'],
    [{ 'x-forwarded-for': '203.0.113.9:1234' }, '203.0.113.9'],
    [{ 'x-forwarded-for': '[2001:db8::1]:80' }, '2001:db8::1'],
    [{ 'x-forwarded-for': 'not an address' }, 'not an address'],
    [{ forwarded: 'for="[2001:db8::1]:4711"', 'x-forwarded-for': 'other' }, '2001:db8::1'],
    [{ forwarded: 'proto=https', 'x-forwarded-for': '203.0.113.9' }, '203.0.113.9'],
    [{ forwarded: `for=${'a'.repeat(5000)}` }, '10.0.0.1'],
    [{ forwarded: ';;,,"=' }, '10.0.0.1'],
  ])('client, of %j', (headers, expected) => {
    expect(clientAddress(headers, '10.0.0.1')).toBe(expected)
  })
})

describe('headers that carry the context', () => {
  test.each([
    [undefined, 'operation_id=1', 'operation_id=1'],
    ['', 'operation_id=1', 'operation_id=1'],
    ['a=1', 'operation_id=1', 'a=1,operation_id=1'],
    ['a=1;p=q, operation_id=2', 'operation_id=1', 'a=1;p=q,operation_id=1'],
    ['a=1', 'a=2,b=3', 'a=2,b=3'],
    ['x'.repeat(8192), 'a=2', 'a=2'],
    [['a=1'], 'a=2', 'a=2'],
  ])('baggage %j with ours %j', (theirs, ours, both) => {
    expect(withTheirs(theirs, ours)).toBe(both)
  })

  test('a head that Node has made already: the header is put in, once', () => {
    const head = 'GET / HTTP/1.1\r\nHost: x\r\nTraceParent: theirs\r\n\r\n'
    const request = {
      headersSent: true,
      _header: head,
      _headerSent: true,
      outputData: [{ data: head }],
      outputSize: head.length,
    }
    const set = (name: string, value: string): void => clientRequestSetter.set(request as never, name, value)
    set('traceparent', 'ours')
    set('baggage', 'a=$&')
    const expected = 'GET / HTTP/1.1\r\nHost: x\r\ntraceparent: ours\r\nbaggage: a=$&\r\n\r\n'
    expect(request).toMatchObject({
      _header: expected,
      outputData: [{ data: expected }],
      outputSize: expected.length,
    })
  })

  test('a head that is on its way is left alone', () => {
    const head = 'GET / HTTP/1.1\r\n\r\n'
    const request = { headersSent: true, _header: head, _headerSent: true, outputData: [] }
    clientRequestSetter.set(request as never, 'traceparent', 'ours')
    expect(request._header).toBe(head)
  })
})

describe('settings', () => {
  const exporter = new InMemorySpanExporter()
  let server: Server
  let instrumentation: HttpInstrumentation

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    const spanProcessors = [new SimpleSpanProcessor({ exporter })]
    const provider = new TracerProvider({
      resource: emptyResource(),
      sampler: new AlwaysOnSampler(),
      spanProcessors,
    })
    instrumentation = new HttpInstrumentation({
      ignorePaths: ['/health', '/internal/*'],
      captureHeaders: {
        server: { request: ['X-In', 'x-none'], response: ['X-Out'] },
        client: { request: ['x-in'], response: ['x-out'] },
      },
      redactedQueryParams: ['token'],
    })
    instrumentation.setTracerProvider(provider)
    instrumentation.setMeterProvider(metrics.getMeterProvider())
    server = createServer((request, response) => {
      response.setHeader('x-out', ['a', 'b'])
      response.setHeader('x-active', String(trace.getActiveSpan()?.isRecording() ?? false))
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    instrumentation.disable()
    server.closeAllConnections()
    server.close()
    context.disable()
  })
  beforeEach(() => exporter.reset())

  const ask = async (path: string): Promise<IncomingMessage> => {
    const { port } = server.address() as AddressInfo
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, agent: false, headers: { 'x-in': '1' } }
      let answer: IncomingMessage
      const request = get(options, (given) => (answer = given.resume()))
      // Our own listener is before this one.
      request.on('error', reject).on('close', () => resolve(answer))
    })
    return response
  }

  test('headers as attributes, and parameters that are secrets', async () => {
    await ask('/x?token=a&sig=b')
    const headers = { 'http.request.header.x-in': ['1'], 'http.response.header.x-out': ['a', 'b'] }
    const [first, second] = exporter.getFinishedSpans().toSorted((a, b) => a.kind - b.kind)
    expect(first!.attributes).toMatchObject({ ...headers, 'url.query': 'token=REDACTED&sig=b' })
    expect(first!.attributes).not.toHaveProperty('http.request.header.x-none')
    expect(second!.attributes).toMatchObject({
      'http.request.header.x-in': ['1'],
      'http.response.header.x-out': ['a, b'],
      'url.full': expect.stringMatching(/\/x\?token=REDACTED&sig=b$/),
    })
  })

  test.each(['/health', '/health?a=1', '/internal/a/b'])(
    '%s: no server span, and none below',
    async (path) => {
      const { headers } = await ask(path)
      expect(headers['x-active']).toBe('false')
      expect(exporter.getFinishedSpans().map(({ kind }) => kind)).toEqual([2])
    },
  )

  test('turned off, and on again', async () => {
    instrumentation.disable()
    await ask('/off')
    expect(exporter.getFinishedSpans()).toEqual([])
    instrumentation.enable()
    instrumentation.enable()
    await ask('/on')
    expect(exporter.getFinishedSpans()).toHaveLength(2)
  })

  test('a new configuration takes the place of the old one', async () => {
    instrumentation.setConfig({})
    await ask('/health?token=a')
    expect(exporter.getFinishedSpans().map(({ attributes }) => attributes['url.query'])).toContain('token=a')
    expect(instrumentation.getConfig()).toEqual({})
  })
})
