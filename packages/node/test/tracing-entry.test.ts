import { createServer, request, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defaultTextMapGetter, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { currentFields } from '@waybill/core'
import { defaultResource } from '@opentelemetry/resources'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { RESPONSE_HEADERS } from '../src/tracing/config.ts'
import { acceptCorrelationId, acceptTraceId, HttpEntry, takeTraceId } from '../src/tracing/entry.ts'
import { TraceContextPropagator } from '../src/tracing/propagators/trace-context.ts'
import { TracerProvider } from '../src/tracing/tracer-provider.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const UUID = '0AF76519-16cd-43dd-8448-eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const entry = new HttpEntry({ acceptTraceId: true, responseHeaders: RESPONSE_HEADERS })
const tracer = new TracerProvider({
  resource: defaultResource(),
  sampler: new AlwaysOnSampler(),
  spanProcessors: [],
}).getTracer('test')

const hostile = (): string[] => [
  '',
  'x'.repeat(10_000),
  `${TRACE}, ${TRACE}`,
  `${TRACE}\r\nset-cookie: a=1`,
  `${TRACE}\u0000`,
  'ünï',
  '<script>alert(1)</script>',
  '${jndi:ldap://x}',
  '../../etc/passwd',
  ' ',
  '\u202e',
]

describe('ids that come in', () => {
  test('trace ids: 32 hex digits, or a UUID', () => {
    expect(acceptTraceId(TRACE)).toBe(TRACE)
    expect(acceptTraceId(UUID)).toBe(TRACE)
    expect(acceptTraceId([TRACE.toUpperCase()])).toBe(TRACE)
    expect(acceptTraceId([TRACE, TRACE])).toBeUndefined()
    expect(acceptTraceId('0'.repeat(32))).toBeUndefined()
    expect(acceptTraceId(TRACE.slice(1))).toBeUndefined()
    expect(acceptTraceId(`${TRACE}0`)).toBeUndefined()
    for (const value of hostile()) expect(acceptTraceId(value)).toBeUndefined()
  })

  test('correlation ids: 1 to 128 harmless characters', () => {
    for (const value of ['a', UUID, 'order:17/4@eu.x=~+', 'a'.repeat(128)])
      expect(acceptCorrelationId(value)).toBe(value)
    expect(acceptCorrelationId('a'.repeat(129))).toBeUndefined()
    expect(acceptCorrelationId(['a', 'b'])).toBeUndefined()
    for (const value of hostile()) expect(acceptCorrelationId(value)).toBeUndefined()
  })

  test('whatever comes: accepted ids are what they should be, all else is nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (value) => {
        const traceId = acceptTraceId(value)
        const correlationId = acceptCorrelationId(value)
        expect(traceId === undefined || /^[0-9a-f]{32}$/.test(traceId)).toBe(true)
        expect(correlationId === undefined || /^[\w.:+/=@~-]{1,128}$/.test(correlationId)).toBe(true)
      }),
      { seed: 29, numRuns: 1000 },
    )
  })
})

describe('a request', () => {
  const enter = (headers: Record<string, string>, by = entry): Context =>
    by.enter(new TraceContextPropagator().extract(ROOT_CONTEXT, headers, defaultTextMapGetter), headers)

  test('begins the trace that X-Trace-Id names; its children are in it; a second trace is not', () => {
    const ctx = enter({ 'x-trace-id': UUID })
    const span = tracer.startSpan('GET', {}, ctx)
    expect(span.spanContext()).toMatchObject({ traceId: TRACE, traceFlags: 1 })
    expect(trace.getSpanContext(ctx)).toBeUndefined()
    const below = trace.setSpan(ctx, span)
    expect(tracer.startSpan('query', {}, below).spanContext().traceId).toBe(TRACE)
    expect(tracer.startSpan('job', { root: true }, below).spanContext().traceId).not.toBe(TRACE)
    expect(tracer.startSpan('other', {}, ctx).spanContext().traceId).not.toBe(TRACE)
  })

  test('traceparent is more than X-Trace-Id', () => {
    const ctx = enter({ traceparent: `00-${'1'.repeat(32)}-${SPAN}-01`, 'x-trace-id': TRACE })
    expect(tracer.startSpan('GET', {}, ctx).spanContext().traceId).toBe('1'.repeat(32))
    expect(takeTraceId(ctx)).toBeUndefined()
  })

  test('an ill-formed traceparent is no obstacle', () => {
    expect(takeTraceId(enter({ traceparent: 'x', 'x-trace-id': TRACE }))).toBe(TRACE)
  })

  test('not where it is turned off', () => {
    const off = new HttpEntry({ acceptTraceId: false, responseHeaders: [] })
    const ctx = enter({ 'x-trace-id': TRACE, 'x-correlation-id': 'a' }, off)
    expect(takeTraceId(ctx)).toBeUndefined()
    expect(currentFields(ctx).request_id).toBeUndefined()
  })

  test('X-Correlation-Id is a field of the context', () => {
    expect(currentFields(enter({ 'x-correlation-id': 'order-17' })).request_id).toBe('order-17')
    expect(currentFields(enter({ 'x-correlation-id': 'a b' })).request_id).toBeUndefined()
  })

  test('without any of them the context stays what it was', () => {
    expect(entry.enter(ROOT_CONTEXT, {})).toBe(ROOT_CONTEXT)
  })
})

describe('the answer', () => {
  const spanContext = { traceId: TRACE, spanId: SPAN, traceFlags: 3 }

  async function answered(
    headers: Record<string, string | string[]>,
    handle: (response: ServerResponse) => void,
    by = entry,
    ids = spanContext,
  ): Promise<IncomingHttpHeaders> {
    const server = createServer((incoming, response) => {
      const ctx = by.enter(ROOT_CONTEXT, incoming.headers)
      by.answer(response, ids, ctx)
      handle(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      return await new Promise((resolve, reject) => {
        request({ port, headers, agent: false }, (response) => {
          response.resume()
          resolve(response.headers)
        })
          .on('error', reject)
          .end()
      })
    } finally {
      server.close()
    }
  }

  test('carries the ids', async () => {
    expect(await answered({}, (response) => response.end())).toMatchObject({
      'x-trace-id': TRACE,
      traceresponse: `00-${TRACE}-${SPAN}-03`,
      'server-timing': `traceparent;desc="00-${TRACE}-${SPAN}-03"`,
      'x-correlation-id': TRACE,
    })
  })

  test('carries no ids where no trace is made', async () => {
    const none = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }
    const headers = await answered({}, (response) => response.end(), entry, none)
    expect(Object.keys(headers).filter((name) => /^(?:x-|trace|server-timing)/.test(name))).toEqual([])
    const named = await answered({ 'x-correlation-id': 'a-1' }, (response) => response.end(), entry, none)
    expect(named).toMatchObject({ 'x-correlation-id': 'a-1' })
    expect(named).not.toHaveProperty('x-trace-id')
  })

  test('a well-formed correlation id comes back, any other is replaced', async () => {
    const back = async (value: string | string[]): Promise<unknown> =>
      (await answered({ 'x-correlation-id': value }, (response) => response.end()))['x-correlation-id']
    expect(await back('order-17')).toBe('order-17')
    for (const value of ['a b', 'x'.repeat(10_000), '\u00fc\u00ef', '', ['a', 'b']])
      expect(await back(value)).toBe(TRACE)
  })

  test('the app has the last word', async () => {
    const headers = await answered({}, (response) => {
      response.setHeader('X-Trace-Id', 'mine')
      response.writeHead(200, { 'Server-Timing': 'db;dur=5', 'X-Correlation-Id': 'c' })
      response.end()
    })
    expect(headers).toMatchObject({
      'x-trace-id': 'mine',
      'server-timing': 'db;dur=5',
      'x-correlation-id': 'c',
    })
    const raw = await answered({}, (response) =>
      response.writeHead(200, ['X-Trace-Id', 'mine', 'a', 'b']).end(),
    )
    expect(raw).toMatchObject({ 'x-trace-id': 'mine', a: 'b', traceresponse: `00-${TRACE}-${SPAN}-03` })
  })

  test('only what is configured, not what is there already, nothing after the head was sent', async () => {
    const some = new HttpEntry({ acceptTraceId: true, responseHeaders: ['x-trace-id'] })
    const headers = await answered({}, (response) => response.end(), some)
    expect(headers['x-trace-id']).toBe(TRACE)
    expect(headers).not.toHaveProperty('traceresponse')
    const late = await answered({}, (response) => {
      response.removeHeader('x-trace-id')
      response.setHeader('traceresponse', 'mine')
      entry.answer(response, spanContext, ROOT_CONTEXT)
      response.flushHeaders()
      response.end()
      entry.answer(response, spanContext, ROOT_CONTEXT)
    })
    expect(late).toMatchObject({ 'x-trace-id': TRACE, traceresponse: 'mine' })
  })
})
