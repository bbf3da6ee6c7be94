import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace'

/** The global OpenTelemetry of a test file: everything ends up in memory. */
export function recordTelemetry() {
  const exporter = new InMemorySpanExporter()
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1e8 })
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  trace.setGlobalTracerProvider(provider)
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  )
  return {
    tracer: trace.getTracer('test'),
    spans: (): ReadableSpan[] => exporter.getFinishedSpans(),
    reset: () => exporter.reset(),
    /** The only span of this name. */
    span(name: string): ReadableSpan {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name)
      if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}`)
      return found[0]!
    },
    /** The data points of one metric, as they are now. */
    async points(name: string): Promise<{ value: unknown; attributes: Record<string, unknown> }[]> {
      await reader.forceFlush()
      const collected = metricExporter.getMetrics().at(-1)
      const all = collected?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
      return all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
    },
    async stop() {
      await provider.shutdown()
      await reader.shutdown()
      for (const api of [trace, metrics, context, propagation]) api.disable()
    },
  }
}

export type Recorded = ReturnType<typeof recordTelemetry>

/** Draws spans as trees, one line a span: `name KIND [ERROR]`; siblings by name, then by start. */
export function drawTrees(spans: readonly ReadableSpan[]): string {
  const ids = new Set(spans.map((span) => span.spanContext().spanId))
  const draw = (parent: ReadableSpan | undefined, indent: string): string[] =>
    spans
      .filter((span) =>
        parent
          ? span.parentSpanContext?.spanId === parent.spanContext().spanId
          : !span.parentSpanContext || !ids.has(span.parentSpanContext.spanId),
      )
      .toSorted((a, b) => a.name.localeCompare(b.name) || startOf(a) - startOf(b))
      .flatMap((span) => [`${indent}${drawSpan(span)}`, ...draw(span, `${indent}  `)])
  return draw(undefined, '').join('\n')
}

function startOf({ startTime: [seconds, nanos] }: ReadableSpan): number {
  return seconds * 1000 + nanos / 1e6
}

function drawSpan(span: ReadableSpan): string {
  const links = span.links.length > 0 ? ` →${span.links.length}` : ''
  return `${span.name} ${SpanKind[span.kind]}${span.status.code === SpanStatusCode.ERROR ? ' ERROR' : ''}${links}`
}
