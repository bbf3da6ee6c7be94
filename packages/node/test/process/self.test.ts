import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import { run, to, type Running } from '../support/run.ts'

// Each runs processes of its own, some of them one after the other.
jest.setTimeout(30_000)

let viewer: Viewer
let app: Running | undefined
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterEach(async () => {
  app?.child.kill('SIGKILL')
  await app?.ended
  app = undefined
})
afterAll(() => viewer.close())

/** The newest point of each series: `{k=v,…}` of the attributes that tell them apart → value. */
function latest(service: string, name: string): Record<string, number> {
  const points: Record<string, number> = {}
  for (const { attributes, value, count } of viewer
    .metrics({ service, name })
    .toSorted((a, b) => Number(a.time - b.time))) {
    const key = Object.entries(attributes)
      .filter(([key]) => !key.startsWith('server.') && key !== 'otel.component.name')
      .map(([, text]) => (typeof text === 'string' ? text : ''))
      .toSorted()
      .join(' ')
    points[key] = value ?? count ?? NaN
  }
  return points
}

test('what was made, handed over and delivered, by the names of the semantic conventions', async () => {
  const service = 'self'
  app = run('self.cjs', {
    env: {
      ...to(viewer),
      OTEL_SERVICE_NAME: service,
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    },
  })
  await viewer.waitFor(
    () => latest(service, 'otel.sdk.exporter.span.exported')['otlp_grpc_span_exporter'] === 4,
    {
      what: 'all spans counted as exported',
    },
  )
  await viewer.waitFor(
    () => latest(service, 'otel.sdk.exporter.operation.duration')['otlp_grpc_span_exporter']! >= 1,
    { what: 'durations' },
  )
  const read = (name: string): Record<string, number> => latest(service, name)
  expect(read('otel.sdk.span.started')).toEqual({
    'RECORD_AND_SAMPLE none': 4,
    'RECORD_AND_SAMPLE remote': 1,
    'DROP remote': 1,
  })
  expect(read('otel.sdk.span.live')).toEqual({ RECORD_AND_SAMPLE: 1, RECORD_ONLY: 0 })
  expect(read('otel.sdk.processor.span.processed')).toEqual({ batching_span_processor: 4 })
  expect(read('otel.sdk.processor.span.queue.size')).toEqual({ batching_span_processor: 0 })
  expect(read('otel.sdk.processor.span.queue.capacity')).toEqual({ batching_span_processor: 512 })
  expect(read('otel.sdk.exporter.span.inflight')).toEqual({ otlp_grpc_span_exporter: 0 })
  expect(read('otel.sdk.log.created')).toEqual({ '': 1 })
  expect(read('otel.sdk.processor.log.processed')).toEqual({ batching_log_processor: 1 })
  expect(read('otel.sdk.exporter.log.exported')).toEqual({ otlp_grpc_log_exporter: 1 })
  // What the first export of metrics came to is known in the second.
  await viewer.waitFor(
    () => read('otel.sdk.exporter.metric_data_point.exported')['otlp_grpc_metric_exporter']! > 10,
    { what: 'metrics counted as exported' },
  )
  expect(read('waybill.spool.spooled')).toEqual({ traces: 0, logs: 0, metrics: 0 })
})

test('an outage: spooled, tried again, replayed', async () => {
  const service = 'self outage'
  const dir = mkdtempSync(join(tmpdir(), 'waybill-self-'))
  const gone = await startViewer({ grpcPort: 0, httpPort: false })
  const port = Number(new URL(gone.grpcUrl).port)
  await gone.close()
  const env = {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: viewer.grpcUrl,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    WAYBILL_SPOOL_DIR: dir,
  }
  try {
    app = run('self.cjs', { env })
    await viewer.waitFor(() => latest(service, 'waybill.spool.spooled')['traces'] === 4, {
      what: 'the spans on disk',
    })
    expect(latest(service, 'waybill.spool.bytes')['traces']).toBeGreaterThan(100)
    expect(latest(service, 'waybill.exporter.retries')['otlp_grpc_span_exporter']).toBeGreaterThan(0)
    expect(latest(service, 'otel.sdk.exporter.span.exported')).toEqual({ otlp_grpc_span_exporter: 0 })
    const back = await startViewer({ grpcPort: port, httpPort: false })
    try {
      await viewer.waitFor(() => latest(service, 'waybill.spool.replayed')['traces'] === 4, {
        what: 'replayed',
      })
      await viewer.waitFor(() => latest(service, 'waybill.spool.bytes')['traces'] === 0, {
        what: 'nothing on disk',
      })
      expect(latest(service, 'otel.sdk.exporter.span.exported')).toEqual({ otlp_grpc_span_exporter: 4 })
      expect(latest(service, 'otel.sdk.exporter.span.inflight')).toEqual({ otlp_grpc_span_exporter: 0 })
    } finally {
      app.child.kill('SIGKILL')
      await app.ended
      await back.close()
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
