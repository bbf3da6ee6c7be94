// Ours beside upstream's: the same calls, the same spans.
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { emptyResource } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider as Upstream,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace'
import { TracerProvider } from '../src/tracing/tracer-provider.ts'
import { readsAttributes } from '../src/tracing/tracer.ts'
import { useSaid } from './support/said.ts'

const said = useSaid()

const PARENT: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
}
const CHILD_OF = trace.setSpanContext(ROOT_CONTEXT, PARENT)
const limits = { attributeCountLimit: 4, eventCountLimit: 2, linkCountLimit: 2, attributeValueLengthLimit: 8 }

const CASES: Record<string, (span: Span) => void> = {
  nothing: () => {},
  'attributes of every kind': (span) => {
    span.setAttribute('text', 'a').setAttribute('number', 1).setAttribute('flag', false)
    span.setAttributes({ list: ['a', 'b'], text: 'again' })
  },
  'no attributes': (span) => {
    span.setAttribute('', 'a').setAttribute('undefined', undefined as never)
    span.setAttribute('function', (() => 1) as never)
  },
  'too many, too long': (span) => {
    for (let i = 0; i < 6; i++) span.setAttribute(`a${i}`, 'longer than eight')
    span.setAttribute('a0', 'others still change')
  },
  events: (span) => {
    span.addEvent('one', { a: 'b' }, [1, 2]).addEvent('two', [3, 4]).addEvent('three', new Date(5000))
  },
  links: (span) => {
    span.addLink({ context: PARENT, attributes: { a: 'longer than eight' } })
    span.addLinks([{ context: PARENT }, { context: { ...PARENT, spanId: 'b7ad6b7169203332' } }])
  },
  status: (span) => {
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' }).setStatus({ code: SpanStatusCode.UNSET })
  },
  'ok is final': (span) => {
    span.setStatus({ code: SpanStatusCode.OK, message: 'dropped' }).setStatus({ code: SpanStatusCode.ERROR })
  },
  name: (span) => void span.updateName('another'),
  exceptions: (span) => {
    span.recordException({ name: 'E', message: 'm', stack: 's', code: 7 }, [1, 2])
    span.recordException('text', [1, 2])
    span.recordException({} as Error)
  },
  'after the end': (span) => {
    span.end([200, 0])
    span.setAttribute('a', 1).setStatus({ code: SpanStatusCode.ERROR }).updateName('late').addEvent('late')
  },
}

function made(
  Provider: typeof Upstream | typeof TracerProvider,
  spanLimits: object,
  work: (span: Span) => void,
): object {
  const exporter = new InMemorySpanExporter()
  const provider = new Provider({
    resource: emptyResource(),
    sampler: new AlwaysOnSampler(),
    spanLimits,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  const options = {
    kind: SpanKind.SERVER,
    startTime: [100, 0] as [number, number],
    attributes: { first: 1 },
    links: [{ context: PARENT }],
  }
  const span = provider.getTracer('t', '1').startSpan('name', options, CHILD_OF)
  work(span)
  span.end([200, 0])
  const [ended] = exporter.getFinishedSpans() as ReadableSpan[]
  const { name, kind, parentSpanContext, startTime, endTime, duration, status, attributes, links, events } =
    ended!
  const {
    ended: isEnded,
    droppedAttributesCount,
    droppedEventsCount,
    droppedLinksCount,
    instrumentationScope,
  } = ended!
  return {
    name,
    kind,
    parentSpanContext,
    startTime,
    endTime,
    duration,
    status,
    attributes,
    links,
    events,
    isEnded,
    droppedAttributesCount,
    droppedEventsCount,
    droppedLinksCount,
    scope: { name: instrumentationScope.name, version: instrumentationScope.version },
    traceId: span.spanContext().traceId,
    recording: span.isRecording(),
  }
}

describe.each([
  ['default limits', {}],
  ['small limits', limits],
])('%s', (_, spanLimits) => {
  test.each(Object.entries(CASES))('%s', (_name, work) => {
    expect(made(TracerProvider, spanLimits, work)).toEqual(made(Upstream, spanLimits, work))
  })
})

const tracerOf = (sampler: Sampler): ReturnType<TracerProvider['getTracer']> =>
  new TracerProvider({ resource: emptyResource(), sampler, spanProcessors: [] }).getTracer('t')

test('the random flag: set where a trace begins, carried on where it continues', () => {
  const tracer = tracerOf(new AlwaysOnSampler())
  expect(tracer.startSpan('root', {}, ROOT_CONTEXT).spanContext().traceFlags).toBe(3)
  expect(tracer.startSpan('child', {}, CHILD_OF).spanContext().traceFlags).toBe(1)
  const random = trace.setSpanContext(ROOT_CONTEXT, { ...PARENT, traceFlags: 2 })
  expect(tracerOf(new AlwaysOffSampler()).startSpan('child', {}, random).spanContext().traceFlags).toBe(2)
})

test('what is not recorded keeps the trace, and its attributes are not read', () => {
  const options = {
    get attributes(): never {
      throw new Error('read')
    },
  }
  const span = tracerOf(new AlwaysOffSampler()).startSpan('off', options, CHILD_OF)
  expect(span.isRecording()).toBe(false)
  expect(span.spanContext()).toMatchObject({ traceId: PARENT.traceId, traceFlags: TraceFlags.NONE })
  const reads: Sampler = {
    shouldSample: (_ctx, _id, _name, _kind, attributes) => ({ decision: attributes['a'] === 1 ? 2 : 0 }),
    toString: () => '',
  }
  expect(
    tracerOf(reads)
      .startSpan('on', { attributes: { a: 1 } }, CHILD_OF)
      .isRecording(),
  ).toBe(true)
})

test('which samplers read attributes', () => {
  const parentBased = (root: Sampler): Sampler => new ParentBasedSampler({ root })
  const unknown = (): Sampler => ({ shouldSample: () => ({ decision: 0 }), toString: () => '' })
  const told = Object.assign(unknown(), { readsAttributes: false })
  const none = [
    new AlwaysOnSampler(),
    parentBased(new TraceIdRatioBasedSampler(0.5)),
    told,
    parentBased(told),
  ]
  expect(none.map(readsAttributes)).toEqual([false, false, false, false])
  expect([unknown(), parentBased(unknown())].map(readsAttributes)).toEqual([true, true])
})

test('suppressed: no span, no trace; root: a trace of its own', () => {
  const tracer = tracerOf(new AlwaysOnSampler())
  expect(tracer.startSpan('none', {}, suppressTracing(CHILD_OF)).spanContext().traceId).toBe('0'.repeat(32))
  expect(tracer.startSpan('root', { root: true }, CHILD_OF).spanContext().traceId).not.toBe(PARENT.traceId)
})

test('a span processor that throws is reported once, and neither the app nor the others notice', () => {
  const heard: string[] = []
  const broken = (): never => {
    throw new Error('broken')
  }
  const done = async (): Promise<void> => {}
  const spanProcessors = [
    { onStart: broken, onEnding: broken, onEnd: broken, forceFlush: done, shutdown: done },
    {
      onStart: () => void heard.push('start'),
      onEnding: () => void heard.push('ending'),
      onEnd: () => void heard.push('end'),
      forceFlush: done,
      shutdown: done,
    },
  ]
  const provider = new TracerProvider({
    resource: emptyResource(),
    sampler: new AlwaysOnSampler(),
    spanProcessors,
  })
  for (const name of ['one', 'two']) provider.getTracer('t').startSpan(name).end()
  expect(heard).toEqual(['start', 'ending', 'end', 'start', 'ending', 'end'])
  expect(said.lines).toEqual(
    ['onStart', 'onEnding', 'onEnd'].map((hook) =>
      expect.stringMatching(`^WAYBILL_INTERNAL: ${hook} of a span processor: Error: broken`),
    ),
  )
})
