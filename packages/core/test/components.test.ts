import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { inSpan, isComponentOff, turnOffComponents } from '../src/index.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const tracer = provider.getTracer('test')

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterEach(() => {
  turnOffComponents([])
  exporter.reset()
})

/** listener └─ action └─ inner */
function work(): unknown {
  return inSpan(tracer, 'listener', { component: 'listener' }, () =>
    inSpan(tracer, 'action', { component: 'action' }, (span) => {
      span.setAttribute('harmless', true)
      return inSpan(tracer, 'inner', {}, () => 'result')
    }),
  )
}

const drawn = (): string[] => {
  const spans = exporter.getFinishedSpans()
  const nameOf = (id: string | undefined): string =>
    spans.find((span) => span.spanContext().spanId === id)?.name ?? '-'
  return spans.map((span) => `${nameOf(span.parentSpanContext?.spanId)} > ${span.name}`).toSorted()
}

test('all components make spans by default', () => {
  expect(work()).toBe('result')
  expect(drawn()).toEqual(['- > listener', 'action > inner', 'listener > action'])
})

test('one that is off makes none: what happens in it belongs to the span around it', () => {
  turnOffComponents(['action'])
  expect(isComponentOff('action')).toBe(true)
  expect(work()).toBe('result')
  expect(drawn()).toEqual(['- > listener', 'listener > inner'])
})

test('results, errors and the context stay what they were', async () => {
  turnOffComponents(['listener', 'action'])
  const parent = trace.wrapSpanContext({
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags: 1,
  })
  const error = new Error('of the app')
  const given = trace.setSpan(context.active(), parent)
  await expect(
    inSpan(tracer, 'listener', { component: 'listener', parent: given }, async () => {
      expect(trace.getActiveSpan()).toBe(parent)
      throw error
    }),
  ).rejects.toBe(error)
  expect(() =>
    inSpan(tracer, 'listener', { component: 'listener' }, () => {
      throw error
    }),
  ).toThrow(error)
  expect(drawn()).toEqual([])
})
