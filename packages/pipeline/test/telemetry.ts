import { context, metrics, propagation, trace, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace'

export interface Telemetry {
  spans(): ReadableSpan[]
  /** The only span of that name. */
  span(name: string): ReadableSpan
  /** Names as a tree, children by start, two spaces for each level. */
  tree(): string
  clear(): void
  stop(): Promise<void>
}

/** A real SDK, registered globally, with its spans in memory. */
export function startTelemetry(options: { sampler?: Sampler } = {}): Telemetry {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ ...options, spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  return {
    spans: () => exporter.getFinishedSpans(),
    span(name) {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name)
      if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}`)
      return found[0]!
    },
    tree: () => drawTree(exporter.getFinishedSpans()),
    clear: () => exporter.reset(),
    async stop() {
      await provider.shutdown()
      trace.disable()
      context.disable()
      propagation.disable()
      metrics.disable()
    },
  }
}

export function drawTree(spans: ReadableSpan[]): string {
  const ids = new Set(spans.map((span) => span.spanContext().spanId))
  const byStart = spans.toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
  const draw = (parent: string | undefined, depth: number): string[] =>
    byStart
      .filter((span) => {
        const id = span.parentSpanContext?.spanId
        return parent === undefined ? id === undefined || !ids.has(id) : id === parent
      })
      .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...draw(span.spanContext().spanId, depth + 1)])
  return draw(undefined, 0).join('\n')
}

/** Everything on the spans that is text, to look for what must not be there. */
export function allText(spans: ReadableSpan[]): string {
  return JSON.stringify(
    spans.map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
  )
}

export function attributesOf(spans: ReadableSpan[]): Attributes[] {
  return spans.map((span) => span.attributes)
}
