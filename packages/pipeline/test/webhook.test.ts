import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { currentOperationId, setOperation } from '@waybill/core'
import { action, pipeline, webhook } from '../src/index.ts'
import { withoutTracing } from '../src/suppress.ts'
import { event, useReceiver, type Received } from './receiver.ts'
import { allText } from './telemetry.ts'

const receiver = useReceiver()

test('the event arrives as JSON, with context, baggage and operation of the attempt in the headers', async () => {
  const ctx = propagation.setBaggage(
    setOperation(ROOT_CONTEXT, { id: 'a1b2c3d4' }),
    propagation.createBaggage({ tenant: { value: 'acme' } }),
  )
  const outcome = await receiver.send({ url: `${receiver.base}/hooks/7?token=secret&v=1#part` }, ctx)

  expect(outcome).toMatchObject({ name: 'hook', ok: true })
  expect(receiver.received).toHaveLength(1)
  const [{ headers, body, method, url }] = receiver.received as [Received]
  expect({ method, url, body: JSON.parse(body) as unknown }).toEqual({
    method: 'POST',
    url: '/hooks/7?token=secret&v=1',
    body: event,
  })
  // listener p
  // └── action hook   INTERNAL
  //     └── POST      CLIENT → traceparent
  expect(receiver.telemetry.tree()).toBe('listener p\n  action hook\n    POST')
  const post = receiver.telemetry.span('POST')
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    traceparent: `00-${post.spanContext().traceId}-${post.spanContext().spanId}-01`,
    baggage: 'tenant=acme',
    operation_id: 'a1b2c3d4',
  })
  const full = `${receiver.base}/hooks/7?token=REDACTED&v=REDACTED`
  expect(post.kind).toBe(SpanKind.CLIENT)
  expect(post.attributes).toEqual({
    'http.request.method': 'POST',
    'url.full': full,
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(receiver.base).port),
    'http.response.status_code': 200,
  })
  expect(receiver.telemetry.span('action hook').attributes).toEqual({
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
    await fetch(receiver.base)
    // It does listen here:
    expect(receiver.telemetry.tree()).toBe('GET')
    receiver.telemetry.clear()
    receiver.received = []
    await receiver.send()
    expect(receiver.telemetry.tree()).toBe('listener p\n  action hook\n    POST')
    const { traceId, spanId } = receiver.telemetry.span('POST').spanContext()
    expect(receiver.received[0]?.headers['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
  } finally {
    undici.disable()
  }
})

test('tracing is suppressed by the key of @opentelemetry/core', () => {
  const tracer = trace.getTracer('app')
  withoutTracing(() => tracer.startSpan('inside').end())
  expect(receiver.telemetry.spans()).toEqual([])
  expect(withoutTracing(() => isTracingSuppressed(context.active()))).toBe(true)
  expect(isTracingSuppressed(context.active())).toBe(false)
})

test('credentials in the URL become Basic authorization and are nowhere else', async () => {
  await receiver.send({ url: new URL(receiver.base.replace('//', '//jane:s%C3%A9cret@')) })
  expect(receiver.received[0]?.headers['authorization']).toBe(
    `Basic ${Buffer.from('jane:sécret').toString('base64')}`,
  )
  expect(allText(receiver.telemetry.spans())).not.toMatch(/jane|cret/)
})

test.each([
  ['file:///etc/passwd?secret', {}],
  ['not a url secret', {}],
  [undefined, { headers: { authorization: 'Bearer secret\nx' } }],
])('what cannot be sent fails without an attempt, its values unsaid: %s', async (url, options) => {
  const outcome = await receiver.send({ ...(url === undefined ? {} : { url }), ...options })
  expect(outcome.ok).toBe(false)
  expect(String(outcome.error)).not.toContain('secret')
  expect(receiver.attempts()).toEqual([])
  expect(allText(receiver.telemetry.spans())).not.toContain('secret')
})

test('method, headers and body are the caller’s', async () => {
  await receiver.send({
    method: 'put',
    headers: ({ id }) => ({ 'X-Parcel': id, 'Content-Type': 'text/csv' }),
    body: ({ id }) => `id\n${id}`,
  })
  await receiver.send({ method: 'GET', url: ({ id }) => `${receiver.base}/${id}` })
  await receiver.send({ body: () => Buffer.from('bytes') })
  await receiver.send({ body: () => undefined })
  expect(receiver.received.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['PUT', '/', 'id\nP-1'],
    ['GET', '/P-1', ''],
    ['POST', '/', 'bytes'],
    ['POST', '/', ''],
  ])
  expect(receiver.received[0]?.headers).toMatchObject({ 'x-parcel': 'P-1', 'content-type': 'text/csv' })
  expect(receiver.telemetry.span('PUT').attributes['http.request.method']).toBe('PUT')
})

test('a fetch of the caller’s own is used', async () => {
  const own = jest.fn(async () => new Response('ok'))
  expect((await receiver.send({ fetch: own })).ok).toBe(true)
  expect(own).toHaveBeenCalledTimes(1)
  expect(receiver.received).toEqual([])
})

test('options that cannot be fail at once', () => {
  expect(() => webhook({ name: 'x', url: receiver.base, timeoutMs: 0 })).toThrow(RangeError)
  expect(() => webhook({ name: 'x', url: receiver.base, method: 'PO ST' })).toThrow(TypeError)
  expect(() => webhook({ name: 'x', url: receiver.base, retry: { attempts: 0 } })).toThrow(RangeError)
  expect(() => webhook({ name: 'x', url: receiver.base, retry: { backoffMs: -1 } })).toThrow(RangeError)
  expect(() => webhook({ name: 'x', url: receiver.base, retry: { maxDelayMs: Number.NaN } })).toThrow(
    RangeError,
  )
})

test('operation and trace are the event’s in what comes after, too', async () => {
  let after: string | undefined
  const { handle } = pipeline({
    name: 'p',
    actions: [
      webhook({ name: 'hook', url: receiver.base }),
      action('next', () => void (after = currentOperationId())),
    ],
  })
  await handle(event, { context: setOperation(ROOT_CONTEXT, { id: 'a1b2c3d4' }) })
  expect(after).toBe('a1b2c3d4')
})
