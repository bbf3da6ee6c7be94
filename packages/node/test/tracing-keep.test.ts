import { setImmediate as turn } from 'node:timers/promises'
import fs from 'node:fs'
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { KeepConfig, SamplerConfig, SamplingRule } from '../src/tracing/config.ts'
import { KEPT, KeepProcessor } from '../src/tracing/keep.ts'
import { createSampler } from '../src/tracing/samplers/create.ts'
import { adjustedCount, readOt } from '../src/tracing/samplers/threshold.ts'
import { until } from './support/collector.ts'
import { childOf, TRACE_ID } from './support/sampling.ts'

const NEVER: SamplerConfig = { type: 'parent_based', root: { type: 'probability', ratio: 0 } }

interface Setting {
  readonly tracer: Tracer
  readonly keep: KeepProcessor
  readonly pass: (milliseconds: number) => void
  /** `name` or `name!reason` of what was exported, in order. */
  readonly exported: () => string[]
  readonly exporter: InMemorySpanExporter
}

function setting(
  config: Partial<KeepConfig> = {},
  sampler: SamplerConfig = NEVER,
  rules: readonly SamplingRule[] = [],
): Setting {
  let now = 0
  const exporter = new InMemorySpanExporter()
  const whole: KeepConfig = { errors: true, slow: 1000, ...config }
  const keep = new KeepProcessor(whole, new SimpleSpanProcessor({ exporter }), () => now)
  const provider = new TracerProvider({
    sampler: createSampler({ sampler, rules, keep: whole }, 'test'),
    spanProcessors: [keep],
  })
  return {
    tracer: provider.getTracer('test'),
    keep,
    exporter,
    pass: (milliseconds) => void (now += milliseconds),
    exported: () =>
      exporter
        .getFinishedSpans()
        .map(({ name, attributes }) => (attributes[KEPT] ? `${name}!${attributes[KEPT] as string}` : name)),
  }
}

const below = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span)
const fail = (span: Span): Span => span.setStatus({ code: SpanStatusCode.ERROR })

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())

// GET ── query ── (rows)        all of it, or nothing
test('a local root that ends in error is exported with all below it', () => {
  const { tracer, exported, keep } = setting()
  const root = tracer.startSpan('GET', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
  const query = tracer.startSpan('query', {}, below(root))
  tracer.startSpan('rows', {}, below(query)).end()
  query.end()
  expect(keep.holding).toMatchObject({ traces: 1, spans: 2 })
  expect(exported()).toEqual([])
  fail(root).end()
  expect(exported()).toEqual(['rows!error', 'query!error', 'GET!error'])
  expect(keep.holding).toEqual({ traces: 0, spans: 0, bytes: 0 })
})

test('one that ends well is not, whatever its children did', () => {
  const { tracer, exported, keep } = setting()
  const root = tracer.startSpan('GET', {}, ROOT_CONTEXT)
  fail(tracer.startSpan('query', {}, below(root))).end()
  root.end()
  expect(exported()).toEqual([])
  expect(keep.holding).toEqual({ traces: 0, spans: 0, bytes: 0 })
})

test('slow ones', () => {
  const { tracer, exported } = setting({ errors: false, slow: 200 })
  tracer.startSpan('quick', { startTime: 1000 }, ROOT_CONTEXT).end(1199)
  tracer.startSpan('slow', { startTime: 1000 }, ROOT_CONTEXT).end(1200)
  fail(tracer.startSpan('failed', { startTime: 1000 }, ROOT_CONTEXT)).end(1001)
  expect(exported()).toEqual(['slow!slow'])
})

// GET ─┬─ a (await) ── c
//      └─ b (after GET's end)
test('asynchronous children, and those that end late, follow their root', async () => {
  for (const bad of [true, false]) {
    const { tracer, exported } = setting()
    let late: Promise<void> | undefined
    const over = Promise.withResolvers<void>()
    await tracer.startActiveSpan('GET', async (root) => {
      late = (async () => {
        const b = tracer.startSpan('b')
        await over.promise
        b.end()
        context.with(below(b), () => tracer.startSpan('d').end())
      })()
      await tracer.startActiveSpan('a', async (a) => {
        await turn()
        tracer.startSpan('c').end()
        a.end()
      })
      if (bad) fail(root)
      root.end()
      over.resolve()
    })
    await late
    expect(exported()).toEqual(bad ? ['c!error', 'a!error', 'GET!error', 'b!error', 'd!error'] : [])
  }
})

// remote (not sampled) ··► GET     and     GET · POST of one trace in one process
test('a local root is what has no parent in this process; each is judged by itself', () => {
  const { tracer, exported, exporter } = setting()
  const remote = childOf({ traceId: TRACE_ID, sampled: false, tracestate: 'a=1' })
  const first = tracer.startSpan('first', {}, remote)
  const second = tracer.startSpan('second', {}, remote)
  tracer.startSpan('below first', {}, below(first)).end()
  tracer.startSpan('below second', {}, below(second)).end()
  fail(second).end()
  first.end()
  expect(exported()).toEqual(['below second!error', 'second!error'])
  expect(exporter.getFinishedSpans()[1]!.parentSpanContext!.spanId).toBe('00f067aa0ba902b7')
})

test('exported with the sampled flag and ot=th:0; services that are called see what the sampler said', () => {
  const { tracer, exporter } = setting()
  const root = tracer.startSpan(
    'GET',
    {},
    childOf({ traceId: TRACE_ID, sampled: false, tracestate: 'ot=rv:00000000000001,a=1' }),
  )
  expect(root.spanContext().traceFlags).toBe(TraceFlags.NONE)
  fail(root).end()
  const [span] = exporter.getFinishedSpans()
  expect(span!.spanContext().traceFlags).toBe(TraceFlags.SAMPLED)
  expect(span!.spanContext().traceState!.serialize()).toBe('ot=rv:00000000000001;th:0,a=1')
  expect(root.spanContext().traceFlags).toBe(TraceFlags.NONE)
})

test('counts stay right: every bad trace stands for itself, every good one for 1/ratio', () => {
  const { tracer, exporter } = setting(
    { errors: true },
    { type: 'parent_based', root: { type: 'probability', ratio: 0.1 } },
  )
  let bad = 0
  const total = 3000
  for (let i = 0; i < total; i++) {
    const root = tracer.startSpan('GET', {}, ROOT_CONTEXT)
    tracer.startSpan('query', {}, below(root)).end()
    if (i % 10 === 0) {
      bad++
      fail(root)
    }
    root.end()
  }
  for (const name of ['GET', 'query']) {
    const spans = exporter.getFinishedSpans().filter((span) => span.name === name)
    const counted = spans.map((span) => adjustedCount(readOt(span.spanContext().traceState).threshold!))
    const sum = counted.reduce((a, b) => a + b, 0)
    expect(counted.filter((count) => count === 1)).toHaveLength(bad)
    // Five standard deviations: √(2700 · 0.9 / 0.1).
    expect(Math.abs(sum - total)).toBeLessThan(5 * 156)
  }
  // Those the ratio chose itself are not marked.
  const marked = exporter.getFinishedSpans().filter((span) => span.attributes[KEPT] !== undefined)
  expect(marked.length).toBeLessThan(bad * 2)
})

test('what is sampled without a probability is not held', () => {
  const { tracer, exported } = setting({}, { type: 'parent_based', root: { type: 'always_on' } })
  const root = tracer.startSpan('GET', {}, ROOT_CONTEXT)
  tracer.startSpan('query', {}, below(root)).end()
  expect(exported()).toEqual(['query'])
  fail(root).end()
  expect(exported()).toEqual(['query', 'GET'])
})

test('what a rule drops is not kept, even in error', () => {
  const { tracer, exported, keep } = setting({}, NEVER, [{ route: '/healthz', drop: true }])
  const root = tracer.startSpan(
    'GET',
    { kind: SpanKind.SERVER, attributes: { 'url.path': '/healthz' } },
    ROOT_CONTEXT,
  )
  expect(root.isRecording()).toBe(false)
  fail(tracer.startSpan('query', {}, below(root))).end()
  fail(root).end()
  expect(exported()).toEqual([])
  expect(keep.holding.traces).toBe(0)
})

describe('bounds', () => {
  let write: jest.SpyInstance
  beforeEach(() => void (write = jest.spyOn(fs, 'writeSync').mockReturnValue(0)))
  afterEach(() => write.mockRestore())

  test.each([
    ['traces', { maxTraces: 2 }],
    ['spans', { maxSpans: 5 }],
    ['bytes', { maxBytes: 20_000 }],
  ])('%s: the oldest loses what is held, and is still judged at its end', (_, bound) => {
    const { tracer, exported, keep } = setting(bound)
    const roots = Array.from({ length: 5 }, (_value, i) => {
      const root = tracer.startSpan(`root ${i}`, {}, ROOT_CONTEXT)
      for (let k = 0; k < 3; k++) {
        tracer.startSpan(`child ${i}`, { attributes: { text: 'x'.repeat(2000) } }, below(root)).end()
      }
      return root
    })
    expect(keep.holding.traces).toBeLessThanOrEqual(2)
    expect(keep.holding.spans).toBeLessThanOrEqual(6)
    expect(keep.holding.bytes).toBeLessThanOrEqual(20_000)
    fail(roots[0]!).end()
    expect(exported()).toEqual(['root 0!error'])
    fail(roots[4]!).end()
    expect(exported().slice(1)).toEqual(['child 4!error', 'child 4!error', 'child 4!error', 'root 4!error'])
  })

  test('a trace that is held too long is given up, or exported where it is slow by then', async () => {
    const { tracer, exported, keep, pass } = setting({ errors: true, slow: 5000, maxAge: 20 })
    const given = tracer.startSpan('given up', {}, ROOT_CONTEXT)
    tracer.startSpan('child', {}, below(given)).end()
    pass(21)
    await until('it is given up', () => keep.holding.traces === 0)
    expect(keep.holding).toEqual({ traces: 0, spans: 0, bytes: 0 })
    expect(exported()).toEqual([])
    const slow = tracer.startSpan('slow', {}, ROOT_CONTEXT)
    tracer.startSpan('child', {}, below(slow)).end()
    pass(5001)
    await until('it is exported', () => exported().length > 0)
    expect(exported()).toEqual(['child!slow'])
    slow.end()
    expect(exported()).toEqual(['child!slow', 'slow!slow'])
  })
})

test('an ending process hands on what the sampler chose, and what is slow', () => {
  const { tracer, exported, keep, pass } = setting(
    { slow: 1000 },
    { type: 'parent_based', root: { type: 'probability', ratio: 0.5 } },
  )
  const sampled = tracer.startSpan(
    'sampled',
    {},
    childOf({ traceId: TRACE_ID, sampled: true, tracestate: 'ot=th:8' }),
  )
  const not = tracer.startSpan('not', {}, childOf({ traceId: TRACE_ID, sampled: false }))
  tracer.startSpan('child of sampled', {}, below(sampled)).end()
  tracer.startSpan('child of not', {}, below(not)).end()
  expect(exported()).toEqual([])
  keep.release()
  expect(exported()).toEqual(['child of sampled'])
  const slow = tracer.startSpan('slow', {}, childOf({ traceId: TRACE_ID, sampled: false }))
  tracer.startSpan('child of slow', {}, below(slow)).end()
  pass(1000)
  keep.release()
  expect(exported()).toEqual(['child of sampled', 'child of slow!slow'])
})
