import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { currentOperationId, setOperation } from '@waybill/core'
import { ActionError, action, pipeline, webhook, type WebhookOptions } from '../src/index.ts'
import { withoutTracing } from '../src/suppress.ts'
import { allText, attributesOf, startTelemetry, type Telemetry } from './telemetry.ts'

interface Received {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

const event = { id: 'P-1', status: 'damaged' }
let telemetry: Telemetry
let server: Server
let base: string
let received: Received[]
/** What the server does, one a request; the last stays. */
let answers: ((response: ServerResponse) => void)[]

beforeEach(async () => {
  telemetry = startTelemetry()
  received = []
  answers = [(response) => response.end('ok')]
  server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    received.push({ method: request.method, url: request.url, headers: request.headers, body })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer?.(response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  await telemetry.stop()
})

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end('answer')
  }

async function send(options: Partial<WebhookOptions<typeof event>> = {}, ctx = ROOT_CONTEXT) {
  const { handle } = pipeline({
    name: 'p',
    actions: [webhook({ name: 'hook', url: base, retry: { backoffMs: 1 }, ...options })],
    onError: () => {},
  })
  const { actions } = await handle(event, { context: ctx })
  return actions[0]!
}

const attempts = () => telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT)

test('the event arrives as JSON, with context, baggage and operation of the attempt in the headers', async () => {
  const ctx = propagation.setBaggage(
    setOperation(ROOT_CONTEXT, { id: 'a1b2c3d4' }),
    propagation.createBaggage({ tenant: { value: 'acme' } }),
  )
  const outcome = await send({ url: `${base}/hooks/7?token=secret&v=1#part` }, ctx)

  expect(outcome).toMatchObject({ name: 'hook', ok: true })
  expect(received).toHaveLength(1)
  const [{ headers, body, method, url }] = received as [Received]
  expect({ method, url, body: JSON.parse(body) as unknown }).toEqual({
    method: 'POST',
    url: '/hooks/7?token=secret&v=1',
    body: event,
  })
  // listener p
  // └── action hook   INTERNAL
  //     └── POST      CLIENT → traceparent
  expect(telemetry.tree()).toBe('listener p\n  action hook\n    POST')
  const post = telemetry.span('POST')
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    traceparent: `00-${post.spanContext().traceId}-${post.spanContext().spanId}-01`,
    baggage: 'tenant=acme',
    operation_id: 'a1b2c3d4',
  })
  const full = `${base}/hooks/7?token=REDACTED&v=REDACTED`
  expect(post.kind).toBe(SpanKind.CLIENT)
  expect(post.attributes).toEqual({
    'http.request.method': 'POST',
    'url.full': full,
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(base).port),
    'http.response.status_code': 200,
  })
  expect(telemetry.span('action hook').attributes).toEqual({
    action_type: 'webhook',
    outcome: 'ok',
    target_url: full,
    method: 'POST',
    status: 200,
    response_time_ms: expect.any(Number),
  })
})

test('an instrumentation of fetch makes no second span and no second header', async () => {
  const undici = new UndiciInstrumentation()
  try {
    await fetch(base)
    // It does listen here:
    expect(telemetry.tree()).toBe('GET')
    telemetry.clear()
    received = []
    await send()
    expect(telemetry.tree()).toBe('listener p\n  action hook\n    POST')
    const { traceId, spanId } = telemetry.span('POST').spanContext()
    expect(received[0]?.headers['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
  } finally {
    undici.disable()
  }
})

test('tracing is suppressed by the key of @opentelemetry/core', () => {
  const tracer = trace.getTracer('app')
  withoutTracing(() => tracer.startSpan('inside').end())
  expect(telemetry.spans()).toEqual([])
  expect(withoutTracing(() => isTracingSuppressed(context.active()))).toBe(true)
  expect(isTracingSuppressed(context.active())).toBe(false)
})

test('each attempt is a span; what fails for now is tried again', async () => {
  answers = [status(503), status(429), status(408), status(204)]
  const outcome = await send({ retry: { attempts: 4, backoffMs: 1 } })

  expect(outcome.ok).toBe(true)
  expect(telemetry.tree()).toBe('listener p\n  action hook\n    POST\n    POST\n    POST\n    POST')
  expect(
    attributesOf(attempts()).map((attributes) => [
      attributes['http.response.status_code'],
      attributes['error.type'],
      attributes['http.request.resend_count'],
    ]),
  ).toEqual([
    [503, '503', undefined],
    [429, '429', 1],
    [408, '408', 2],
    [204, undefined, 3],
  ])
  expect(attempts().map((span) => span.status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
  ])
  // Each request carries the span of its own attempt.
  expect(received.map(({ headers }) => String(headers['traceparent']).split('-')[2])).toEqual(
    attempts().map((span) => span.spanContext().spanId),
  )
  const hook = telemetry.span('action hook')
  expect(hook.attributes).toMatchObject({ outcome: 'ok', status: 204 })
  expect(hook.status.code).toBe(SpanStatusCode.UNSET)
})

test('a refusal is not tried again', async () => {
  answers = [status(404)]
  const outcome = await send({ url: `${base}/x?key=secret` })
  expect(received).toHaveLength(1)
  expect(outcome.error).toBeInstanceOf(ActionError)
  expect(outcome).toMatchObject({ ok: false, error: { code: '404' } })
  expect(telemetry.span('action hook')).toMatchObject({
    attributes: { outcome: 'failed', status: 404, 'error.type': '404' },
    status: {
      code: SpanStatusCode.ERROR,
      message: `webhook hook: POST ${base}/x?key=REDACTED answered 404`,
    },
  })
  expect(allText(telemetry.spans())).not.toContain('secret')
})

test('the attempts end', async () => {
  answers = [status(500)]
  expect(await send({ retry: { attempts: 2, backoffMs: 1 } })).toMatchObject({
    ok: false,
    error: { code: '500' },
  })
  expect(received).toHaveLength(2)
})

test('Retry-After is waited for, up to the bound', async () => {
  answers = [status(503, { 'retry-after': '0' }), status(200)]
  expect((await send({ retry: { backoffMs: 60_000 } })).ok).toBe(true)
  answers = [status(503, { 'retry-after': '3600' }), status(200)]
  expect((await send({ retry: { backoffMs: 60_000, maxDelayMs: 1 } })).ok).toBe(true)
  answers = [status(503, { 'retry-after': new Date(0).toUTCString() }), status(200)]
  expect((await send({ retry: { backoffMs: 60_000 } })).ok).toBe(true)
})

test('a network error is tried again and named by its reason', async () => {
  answers = [(response) => response.destroy(), status(200)]
  expect((await send()).ok).toBe(true)
  expect(attempts()).toHaveLength(2)

  telemetry.clear()
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  const outcome = await send({ url: `${base}/?key=secret`, retry: { attempts: 1 } })
  expect(outcome).toMatchObject({ ok: false, error: { code: 'ECONNREFUSED' } })
  expect(allText(telemetry.spans())).not.toContain('secret')
  expect(telemetry.span('POST').attributes['error.type']).toBe('ECONNREFUSED')
})

test('an attempt that takes too long ends', async () => {
  answers = [() => {}]
  const outcome = await send({ timeoutMs: 50, retry: { attempts: 1 } })
  expect(outcome).toMatchObject({ ok: false, error: { code: 'TimeoutError' } })
})

test('an endless answer is cut off', async () => {
  let ended: Promise<unknown> | undefined
  answers = [
    (response) => {
      ended = new Promise((closed) => response.on('close', closed))
      const piece = Buffer.alloc(65_536)
      const write = (): void => {
        while (!response.destroyed && response.write(piece));
      }
      response.on('drain', write)
      write()
    },
  ]
  expect((await send()).ok).toBe(true)
  await ended
})

test('credentials in the URL become Basic authorization and are nowhere else', async () => {
  await send({ url: new URL(base.replace('//', '//jane:s%C3%A9cret@')) })
  expect(received[0]?.headers['authorization']).toBe(`Basic ${Buffer.from('jane:sécret').toString('base64')}`)
  expect(allText(telemetry.spans())).not.toMatch(/jane|cret/)
})

test.each([
  ['file:///etc/passwd?secret', {}],
  ['not a url secret', {}],
  [undefined, { headers: { authorization: 'Bearer secret\nx' } }],
])('what cannot be sent fails without an attempt, its values unsaid: %s', async (url, options) => {
  const outcome = await send({ ...(url === undefined ? {} : { url }), ...options })
  expect(outcome.ok).toBe(false)
  expect(String(outcome.error)).not.toContain('secret')
  expect(attempts()).toEqual([])
  expect(allText(telemetry.spans())).not.toContain('secret')
})

test('method, headers and body are the caller’s', async () => {
  await send({
    method: 'put',
    headers: ({ id }) => ({ 'X-Parcel': id, 'Content-Type': 'text/csv' }),
    body: ({ id }) => `id\n${id}`,
  })
  await send({ method: 'GET', url: ({ id }) => `${base}/${id}` })
  await send({ body: () => Buffer.from('bytes') })
  await send({ body: () => undefined })
  expect(received.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['PUT', '/', 'id\nP-1'],
    ['GET', '/P-1', ''],
    ['POST', '/', 'bytes'],
    ['POST', '/', ''],
  ])
  expect(received[0]?.headers).toMatchObject({ 'x-parcel': 'P-1', 'content-type': 'text/csv' })
  expect(telemetry.span('PUT').attributes['http.request.method']).toBe('PUT')
})

test('a fetch of the caller’s own is used', async () => {
  const own = jest.fn(async () => new Response('ok'))
  expect((await send({ fetch: own })).ok).toBe(true)
  expect(own).toHaveBeenCalledTimes(1)
  expect(received).toEqual([])
})

test('options that cannot be fail at once', () => {
  expect(() => webhook({ name: 'x', url: base, timeoutMs: 0 })).toThrow(RangeError)
  expect(() => webhook({ name: 'x', url: base, method: 'PO ST' })).toThrow(TypeError)
  expect(() => webhook({ name: 'x', url: base, retry: { attempts: 0 } })).toThrow(RangeError)
  expect(() => webhook({ name: 'x', url: base, retry: { backoffMs: -1 } })).toThrow(RangeError)
  expect(() => webhook({ name: 'x', url: base, retry: { maxDelayMs: Number.NaN } })).toThrow(RangeError)
})

test('operation and trace are the event’s in what comes after, too', async () => {
  let after: string | undefined
  const { handle } = pipeline({
    name: 'p',
    actions: [
      webhook({ name: 'hook', url: base }),
      action('next', () => void (after = currentOperationId())),
    ],
  })
  await handle(event, { context: setOperation(ROOT_CONTEXT, { id: 'a1b2c3d4' }) })
  expect(after).toBe('a1b2c3d4')
})
