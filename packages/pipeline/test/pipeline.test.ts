import { AsyncLocalStorage } from 'node:async_hooks'
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { currentOperation, setOperation } from '@waybill/core'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { action, pipeline, type PipelineOptions } from '../src/index.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

interface Scan {
  id: string
  status: string
  offset: number
}

const damaged: Scan = { id: 'P-1', status: 'damaged', offset: 7 }
const fine: Scan = { id: 'P-2', status: 'fine', offset: 8 }

let telemetry: Telemetry
beforeEach(() => {
  telemetry = startTelemetry()
})
afterEach(() => telemetry.stop())

function attention(options: Partial<PipelineOptions<Scan>> = {}) {
  return pipeline<Scan>({
    name: 'attention',
    event: (scan) => ({ id: scan.id, type: 'parcel', kind: scan.status, offset: scan.offset }),
    condition: { name: 'needs attention', when: (scan) => scan.status === 'damaged' },
    actions: [action('cache', async () => {})],
    onError: () => {},
    ...options,
  })
}

const remote = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
})

test('each step of an event that matches has its span, in the trace the event came with', async () => {
  const saved: unknown[] = []
  const outcome = await attention({
    actions: [
      action('cache', () => trace.getTracer('app').startActiveSpan('SET', async (span) => span.end())),
      action('count', () => 1),
    ],
    checkpoint: { load: async () => 6, save: async (event, offset) => void saved.push([event, offset]) },
  }).handle(damaged, { context: remote })

  // listener attention        CONSUMER, in the sender's trace
  // ├── checkpoint load
  // ├── condition needs attention
  // ├── action cache
  // │   └── SET               the action's own
  // ├── action count
  // └── checkpoint save
  expect(telemetry.tree()).toBe(
    [
      'listener attention',
      '  checkpoint load',
      '  condition needs attention',
      '  action cache',
      '    SET',
      '  action count',
      '  checkpoint save',
    ].join('\n'),
  )
  const listener = telemetry.span('listener attention')
  expect(listener.kind).toBe(SpanKind.CONSUMER)
  expect(listener.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
  expect(listener.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  expect(listener.status.code).toBe(SpanStatusCode.UNSET)
  expect(listener.attributes).toEqual({
    event_id: 'P-1',
    entity_type: 'parcel',
    kind: 'damaged',
    checkpoint_offset: 7,
    condition_matched: true,
    action_count: 2,
    outcome: 'matched',
  })
  expect(telemetry.span('condition needs attention').attributes).toEqual({ condition_matched: true })
  expect(telemetry.span('action cache').kind).toBe(SpanKind.INTERNAL)
  expect(telemetry.span('action cache').attributes).toEqual({ action_type: 'custom', outcome: 'ok' })
  expect(telemetry.span('checkpoint load').attributes).toEqual({ checkpoint_offset: 6 })
  expect(telemetry.span('checkpoint save').attributes).toEqual({ checkpoint_offset: 7 })
  expect(saved).toEqual([[damaged, 7]])
  expect(outcome).toEqual({
    matched: true,
    actions: [
      { name: 'cache', ok: true, durationMs: expect.any(Number) },
      { name: 'count', ok: true, durationMs: expect.any(Number) },
    ],
  })
})

test('an event that does not match is no error, and says so', async () => {
  const ran = jest.fn()
  const saved = jest.fn()
  const outcome = await attention({
    actions: [action('cache', ran)],
    checkpoint: { load: () => undefined, save: saved },
  }).handle(fine)

  expect(outcome).toEqual({ matched: false, actions: [] })
  expect(ran).not.toHaveBeenCalled()
  expect(saved).toHaveBeenCalledWith(fine, 8)
  const { attributes, status } = telemetry.span('listener attention')
  expect(attributes).toMatchObject({ condition_matched: false, action_count: 0, outcome: 'not_matched' })
  expect(status.code).toBe(SpanStatusCode.UNSET)
  expect(telemetry.span('condition needs attention').status.code).toBe(SpanStatusCode.UNSET)
})

test('an action that fails is in the outcome, on its span and told, and the next ones run', async () => {
  const broken = new Error('cache is full')
  const onError = jest.fn()
  const saved = jest.fn()
  const outcome = await attention({
    actions: [action('cache', () => Promise.reject(broken)), action('count', () => 1)],
    checkpoint: { load: () => 1, save: saved },
    onError,
  }).handle(damaged)

  expect(outcome.actions).toMatchObject([
    { name: 'cache', ok: false, error: broken },
    { name: 'count', ok: true },
  ])
  expect(onError.mock.calls).toEqual([[broken, damaged]])
  expect(saved).not.toHaveBeenCalled()
  const cache = telemetry.span('action cache')
  expect(cache.attributes).toMatchObject({ outcome: 'failed', 'error.type': 'Error' })
  expect(cache.status).toEqual({ code: SpanStatusCode.ERROR, message: 'cache is full' })
  expect(cache.events[0]?.name).toBe('exception')
  expect(telemetry.span('action count').attributes['outcome']).toBe('ok')
  const listener = telemetry.span('listener attention')
  expect(listener.attributes['outcome']).toBe('failed')
  expect(listener.status).toEqual({ code: SpanStatusCode.ERROR, message: 'failed: cache' })
})

test('an onError that throws changes nothing', async () => {
  const outcome = await attention({
    actions: [action('cache', () => Promise.reject(new Error('full')))],
    onError: () => {
      throw new Error('from onError')
    },
  }).handle(damaged)
  await attention({
    actions: [action('cache', () => Promise.reject(new Error('full')))],
    onError: async () => {
      throw new Error('from an asynchronous onError')
    },
  }).handle(damaged)
  expect(outcome.actions).toMatchObject([{ ok: false }])
})

test.each([
  ['condition', { condition: () => Promise.reject(new Error('broken')) }, 'condition attention'],
  ['load', { checkpoint: { load: () => Promise.reject(new Error('broken')), save() {} } }, 'checkpoint load'],
  ['save', { checkpoint: { load() {}, save: () => Promise.reject(new Error('broken')) } }, 'checkpoint save'],
])('a %s that fails rejects, with the error on its span and the listener', async (_, options, failing) => {
  await expect(attention(options).handle(damaged)).rejects.toThrow('broken')
  for (const name of [failing, 'listener attention']) {
    expect(telemetry.span(name).status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' })
  }
  expect(telemetry.span('listener attention').attributes['outcome']).toBe('failed')
})

test('an event() that throws costs the attributes only', async () => {
  const { matched } = await attention({
    event: () => {
      throw new Error('no such field')
    },
  }).handle(damaged)
  expect(matched).toBe(true)
  expect(telemetry.span('listener attention').attributes).toEqual({
    condition_matched: true,
    action_count: 1,
    outcome: 'matched',
  })
})

test('the condition sees what the checkpoint gave', async () => {
  const { matched } = await attention({
    condition: (scan, { checkpoint }) => scan.offset > Number(checkpoint),
    checkpoint: { load: async () => 7, save() {} },
  }).handle(damaged)
  expect(matched).toBe(false)
})

test('without a condition every event matches', async () => {
  const { name, handle } = pipeline<Scan>({ name: 'all', actions: [] })
  expect(name).toBe('all')
  expect(await handle(fine)).toEqual({ matched: true, actions: [] })
  expect(telemetry.tree()).toBe('listener all')
})

test('without a context the active one is continued, else a new trace begins', async () => {
  await trace.getTracer('app').startActiveSpan('request', async (span) => {
    await attention().handle(fine)
    span.end()
  })
  expect(telemetry.span('listener attention').parentSpanContext?.spanId).toBe(
    telemetry.span('request').spanContext().spanId,
  )
  telemetry.clear()
  await attention().handle(fine)
  expect(telemetry.span('listener attention').parentSpanContext).toBeUndefined()
})

test('an event has one operation: the one it came with, else a new one', async () => {
  const seen: unknown[] = []
  const watching = attention({
    condition: () => seen.push(currentOperation()) > 0,
    actions: [action('cache', async () => seen.push(currentOperation()))],
  })
  await watching.handle(damaged, { context: setOperation(remote, { id: 'a1b2c3d4' }) })
  expect(seen).toEqual([{ id: 'a1b2c3d4' }, { id: 'a1b2c3d4' }])

  seen.length = 0
  await watching.handle(damaged)
  expect(seen[0]).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}$/), name: 'attention' })
  expect(seen[1]).toBe(seen[0])
})

test('works the same where nothing is sampled, and where there is no SDK', async () => {
  const seen: unknown[] = []
  const watching = attention({ actions: [action('cache', () => void seen.push(currentOperation()?.id))] })
  await telemetry.stop()
  telemetry = startTelemetry({ sampler: new AlwaysOffSampler() })
  expect(await watching.handle(damaged)).toMatchObject({ matched: true, actions: [{ ok: true }] })
  expect(seen).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/)])
  await telemetry.stop()
  expect(await watching.handle(damaged)).toMatchObject({ matched: true, actions: [{ ok: true }] })
})

test('events at the same time keep apart', async () => {
  const als = new AsyncLocalStorage<string>()
  const both = attention({
    actions: [
      action('cache', async (scan) => {
        await new Promise(setImmediate)
        expect(trace.getSpan(context.active())?.spanContext().traceId).toBeDefined()
        trace.getTracer('app').startSpan(`SET ${scan.id} ${als.getStore()}`).end()
      }),
    ],
  })
  await Promise.all(
    ['A', 'B', 'C'].map((id) =>
      als.run(id, () => both.handle({ ...damaged, id }, { context: ROOT_CONTEXT })),
    ),
  )
  for (const id of ['A', 'B', 'C']) {
    const set = telemetry.span(`SET ${id} ${id}`)
    const listener = telemetry
      .spans()
      .find(({ name, attributes }) => name === 'listener attention' && attributes['event_id'] === id)
    expect(set.spanContext().traceId).toBe(listener?.spanContext().traceId)
  }
})
