import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import { startViewer, type Viewer } from '../src/index.ts'
import { exportTo, recordLogs, recordMetrics, recordSpans } from './support/sdk.ts'

// What upstream's exporters send, in each protocol, arrives as it was recorded.

const PROTOCOLS = [
  { protocol: 'grpc', Traces: GrpcTraces, Logs: GrpcLogs, Metrics: GrpcMetrics },
  { protocol: 'http/protobuf', Traces: ProtoTraces, Logs: ProtoLogs, Metrics: ProtoMetrics },
  { protocol: 'http/json', Traces: JsonTraces, Logs: JsonLogs, Metrics: JsonMetrics },
]
const CASES = PROTOCOLS.flatMap((protocol) =>
  (['none', 'gzip'] as const).map((compression) => ({ ...protocol, compression })),
)

let viewer: Viewer
beforeEach(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterEach(() => viewer.close())

function target(protocol: string, signal: string): string {
  return protocol === 'grpc' ? viewer.grpcUrl : `${viewer.httpUrl}/v1/${signal}`
}

test.each(CASES)(
  'spans by $protocol, compression $compression',
  async ({ protocol, compression, Traces }) => {
    // shop: POST /orders (error, event, links to another trace)
    //   └─ shop: insert order
    const { spans, root, child } = recordSpans()
    await exportTo(new Traces({ url: target(protocol, 'traces'), compression } as never), spans)

    const { spans: rows } = viewer.trace(root.traceId)
    expect(rows.map((row) => row.name)).toEqual(['POST /orders', 'insert order'])
    expect(rows[0]).toMatchObject({
      traceId: root.traceId,
      spanId: root.spanId,
      kind: 2,
      status: 2,
      statusMessage: 'out of stock',
      service: 'shop',
      scope: 'orders',
      traceState: 'vendor=1',
      start: 1_700_000_000_000_000_000n,
      end: 1_700_000_000_250_000_000n,
      durationMs: 250,
      resource: { 'service.name': 'shop', 'service.version': '1.2.3' },
      attributes: {
        operation_id: 'a1b2c3d4',
        text: 'Grüße €',
        whole: -42,
        part: 0.5,
        yes: true,
        list: ['a', 'b'],
        numbers: [1, 2.5],
      },
      events: [{ name: 'checked', time: 1_700_000_000_100_000_000n, attributes: { shelf: 7 } }],
      links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: { why: 'retry' } }],
    })
    expect(rows[0]).not.toHaveProperty('parentSpanId')
    expect(rows[1]).toMatchObject({ spanId: child.spanId, parentSpanId: root.spanId, kind: 3, status: 0 })
    expect(viewer.linksTo('f'.repeat(32)).map((row) => row.spanId)).toEqual([root.spanId])
    expect(viewer.counts()).toMatchObject({ spans: 2, requests: 1, rejected: 0, refused: 0, evicted: 0 })
  },
)

test.each(CASES)('logs by $protocol, compression $compression', async ({ protocol, compression, Logs }) => {
  await exportTo(new Logs({ url: target(protocol, 'logs'), compression } as never), recordLogs())
  expect(viewer.logs({ traceId: 'a'.repeat(32) })).toEqual([
    {
      time: 1_700_000_000_000_000_000n,
      severity: 17,
      severityText: 'ERROR',
      body: 'no stock',
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      service: 'shop',
      scope: 'orders',
      resource: { 'service.name': 'shop', 'service.version': '1.2.3' },
      attributes: { operation_id: 'a1b2c3d4' },
      eventName: 'stock.empty',
    },
  ])
  expect(viewer.logs().map((row) => row.body)).toEqual(['no stock', { nested: { list: [1, null, 'x'] } }])
})

test.each(CASES)(
  'metrics by $protocol, compression $compression',
  async ({ protocol, compression, Metrics }) => {
    await exportTo(
      new Metrics({ url: target(protocol, 'metrics'), compression } as never),
      await recordMetrics(),
    )
    expect(viewer.metrics({ name: 'orders' })).toEqual([
      expect.objectContaining({
        name: 'orders',
        description: 'orders taken',
        unit: '{order}',
        type: 'sum',
        temporality: 2,
        monotonic: true,
        value: 3,
        attributes: { kind: 'web' },
        service: 'shop',
        scope: 'orders',
      }),
    ])
    expect(viewer.metrics({ name: 'duration' })).toEqual([
      expect.objectContaining({
        type: 'histogram',
        count: 2,
        sum: 12.5,
        min: 2.5,
        max: 10,
        bounds: [5, 50],
        bucketCounts: [1, 1, 0],
      }),
    ])
    expect(viewer.metrics({ name: 'sizes' })).toEqual([
      expect.objectContaining({ type: 'exponentialHistogram', count: 3, zeroCount: 1 }),
    ])
    expect(viewer.metrics({ name: 'level' })).toEqual([
      expect.objectContaining({ type: 'gauge', value: 0.5 }),
    ])
  },
)

test('many gRPC requests at once over one connection', async () => {
  const exporter = new GrpcTraces({ url: viewer.grpcUrl, concurrencyLimit: 100 })
  const sets = Array.from({ length: 40 }, () => recordSpans())
  await Promise.all(sets.map(({ spans }) => exportTo(exporter, spans, { shutdown: false })))
  await exporter.shutdown()
  expect(viewer.counts()).toMatchObject({ spans: 80, requests: 40 })
  for (const { root } of sets) expect(viewer.trace(root.traceId).spans).toHaveLength(2)
})

test('close ends open gRPC and HTTP connections', async () => {
  const grpc = new GrpcTraces({ url: viewer.grpcUrl })
  const http = new ProtoTraces({ url: `${viewer.httpUrl}/v1/traces` })
  await exportTo(grpc, recordSpans().spans, { shutdown: false })
  await exportTo(http, recordSpans().spans, { shutdown: false })
  await viewer.close()
  const again = await startViewer({
    grpcPort: Number(new URL(viewer.grpcUrl).port),
    httpPort: Number(new URL(viewer.httpUrl).port),
  })
  expect([again.grpcUrl, again.httpUrl]).toEqual([viewer.grpcUrl, viewer.httpUrl])
  await again.close()
  await Promise.all([grpc.shutdown(), http.shutdown()])
})
