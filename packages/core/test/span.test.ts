import { context, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { inSpan } from '../src/index.ts'

const exporter = new InMemorySpanExporter()
let tracer: Tracer

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test')
})
afterEach(() => exporter.reset())
afterAll(() => context.disable())

test('a span is active inside, and ends with the promise', async () => {
  // outer
  // └─ inner
  const result = await inSpan(tracer, 'outer', {}, async () => {
    await Promise.resolve()
    return inSpan(tracer, 'inner', {}, () => 42)
  })
  expect(result).toBe(42)
  const [inner, outer] = exporter.getFinishedSpans()
  expect([inner?.name, outer?.name]).toEqual(['inner', 'outer'])
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId)
})

test('root: a new trace, also for what happens inside', () => {
  // outer        root
  //              └─ inside
  inSpan(tracer, 'outer', {}, () => {
    inSpan(tracer, 'root', { root: true }, () => inSpan(tracer, 'inside', {}, () => {}))
  })
  const [inside, root, outer] = exporter.getFinishedSpans()
  expect(root?.parentSpanContext).toBeUndefined()
  expect(root?.spanContext().traceId).not.toBe(outer?.spanContext().traceId)
  expect(inside?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId)
})

test.each([
  ['thrown', () => raise()],
  ['rejected', async () => raise()],
])('an error that is %s comes out unchanged and is on the span', async (_, work) => {
  await expect((async () => inSpan(tracer, 'fails', {}, work))()).rejects.toBe(error)
  const [span] = exporter.getFinishedSpans()
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'refused' })
  expect(span?.attributes['error.type']).toBe('ECONNREFUSED')
  expect(span?.events[0]?.name).toBe('exception')
})

const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
function raise(): never {
  throw error
}
