import {
  createTraceState,
  ROOT_CONTEXT,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  trace,
  type SpanContext,
} from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs'
import {
  AggregationType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  SamplingDecision,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace'

const resource = resourceFromAttributes({ 'service.name': 'shop', 'service.version': '1.2.3' })
const START = 1_700_000_000_000

interface Exporter<T> {
  export(items: T, done: (result: { code: number; error?: Error }) => void): void
  shutdown(): Promise<void>
}

/** One export; rejects where the exporter says that it failed. */
export async function exportTo<T>(exporter: Exporter<T>, items: T, { shutdown = true } = {}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    exporter.export(items, ({ code, error }) => {
      if (code === 0) resolve()
      else reject(error ?? new Error('the export failed'))
    })
  })
  if (shutdown) await exporter.shutdown()
}

export function recordSpans(): { spans: ReadableSpan[]; root: SpanContext; child: SpanContext } {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    sampler: {
      shouldSample: () => ({
        decision: SamplingDecision.RECORD_AND_SAMPLED,
        traceState: createTraceState('vendor=1'),
      }),
    },
  })
  const tracer = provider.getTracer('orders', '1.0')
  const root = tracer.startSpan(
    'POST /orders',
    {
      kind: SpanKind.SERVER,
      startTime: START,
      attributes: {
        operation_id: 'a1b2c3d4',
        text: 'Grüße €',
        whole: -42,
        part: 0.5,
        yes: true,
        list: ['a', 'b'],
        numbers: [1, 2.5],
      },
      links: [
        {
          context: { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: 1 },
          attributes: { why: 'retry' },
        },
      ],
    },
    ROOT_CONTEXT,
  )
  const child = tracer.startSpan(
    'insert order',
    { kind: SpanKind.CLIENT, startTime: START + 50 },
    trace.setSpan(ROOT_CONTEXT, root),
  )
  child.end(START + 90)
  root.addEvent('checked', { shelf: 7 }, START + 100)
  root.setStatus({ code: SpanStatusCode.ERROR, message: 'out of stock' })
  root.end(START + 250)
  return { spans: exporter.getFinishedSpans(), root: root.spanContext(), child: child.spanContext() }
}

export function recordLogs(): ReadableLogRecord[] {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] })
  const logger = provider.getLogger('orders')
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
  logger.emit({
    timestamp: START,
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    eventName: 'stock.empty',
    body: 'no stock',
    attributes: { operation_id: 'a1b2c3d4' },
    context: trace.setSpanContext(ROOT_CONTEXT, span),
  })
  logger.emit({ timestamp: START + 1, body: { nested: { list: [1, null, 'x'] } }, context: ROOT_CONTEXT })
  return exporter.getFinishedLogRecords()
}

class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A counter, a histogram, an exponential histogram and a gauge. */
export async function recordMetrics(): Promise<ResourceMetrics> {
  const reader = new OnDemandReader()
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [
      {
        instrumentName: 'duration',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [5, 50] } },
      },
      { instrumentName: 'sizes', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ],
  })
  const meter = provider.getMeter('orders')
  meter.createCounter('orders', { description: 'orders taken', unit: '{order}' }).add(3, { kind: 'web' })
  const duration = meter.createHistogram('duration')
  for (const value of [2.5, 10]) duration.record(value)
  const sizes = meter.createHistogram('sizes')
  for (const value of [0, 1, 1000]) sizes.record(value)
  meter.createGauge('level').record(0.5)
  const { resourceMetrics } = await reader.collect()
  await provider.shutdown()
  return resourceMetrics
}
