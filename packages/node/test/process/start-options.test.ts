import { startViewer, type Viewer } from '@waybill/viewer'
import { httpCollector } from '../support/collector.ts'
import { run, type Running } from '../support/run.ts'

let viewer: Viewer
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterAll(() => viewer.close())

const started = (options: object, env: Record<string, string> = {}): Running =>
  run('start-options.mjs', {
    flags: ['--conditions=@waybill/source'],
    args: [JSON.stringify(options)],
    env: { OTEL_SERVICE_NAME: 'of the environment', ...env },
  })

const EXPORTERS = { traces: 'otlp', metrics: 'otlp', logs: 'otlp' }

test('what code says beats the environment; flush delivers, shutdown ends it', async () => {
  const app = started(
    {
      serviceName: 'in code',
      resource: { team: 'parcels', shards: [1, 2] },
      endpoint: viewer.httpUrl,
      protocol: 'http/protobuf',
      exporters: EXPORTERS,
    },
    {
      // Of all these none counts.
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
      OTEL_RESOURCE_ATTRIBUTES: 'team=others,service.name=others,kept=yes',
    },
  )
  await app.printed('flushed')
  const [span, ...more] = viewer.spans({ service: 'in code' })
  expect({ name: span?.name, more }).toEqual({ name: 'before', more: [] })
  expect(span!.resource).toMatchObject({ team: 'parcels', shards: [1, 2], kept: 'yes' })
  const { code, stdout, stderr } = await app.ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'flushed\nshut\n' })
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^waybill: WAYBILL_LOADED_BEFORE: loaded before Waybill, so not traced: express\./),
    expect.stringMatching(/^waybill: WAYBILL_STARTED_TWICE: /),
  ])
  const service = 'in code'
  expect(viewer.spans({ service }).map(({ name }) => name)).toEqual(['before'])
  expect(viewer.logs({ service }).map(({ body }) => body)).toEqual(['before'])
  const names = viewer.metrics({ service }).map(({ name }) => name)
  expect(names).toContain('before')
  expect(names).not.toContain('after')
})

test('after shutdown the console is silent too', async () => {
  const { code, stdout } = await started({
    exporters: { traces: ['console'], metrics: 'console', logs: 'console' },
  }).ended
  expect(code).toBe(0)
  const [before, after] = stdout.split('shut\n')
  expect(before).toContain(`name: 'before'`)
  expect(after).toBe('')
})

test('headers are sent in the place of those of the environment', async () => {
  const collector = await httpCollector()
  try {
    await started(
      {
        endpoint: collector.url,
        protocol: 'http/json',
        headers: { authorization: 'Bearer a, b' },
        exporters: { metrics: 'none' },
      },
      { OTEL_EXPORTER_OTLP_HEADERS: 'x-other=1' },
    ).ended
    expect(collector.received[0]?.headers).toMatchObject({ authorization: 'Bearer a, b' })
    expect(collector.received[0]?.headers).not.toHaveProperty('x-other')
  } finally {
    await collector.close()
  }
})

test('a collector that never answers: flush and shutdown do not wait for it for ever', async () => {
  const collector = await httpCollector(() => {})
  try {
    const app = started({
      endpoint: collector.url,
      protocol: 'http/json',
      exporters: { metrics: 'none' },
      timeout: 500,
      exitTimeout: 300,
      spool: false,
    })
    const { code, stdout } = await app.ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'flushed\nshut\n' })
  } finally {
    await collector.close()
  }
}, 30_000)

test('mistakes are a line each, and the app runs', async () => {
  const { code, stderr } = await started({
    sevriceName: 'x',
    sampling: { ratio: '10%' },
    exporters: { traces: 'none', metrics: 'none' },
  }).ended
  expect(code).toBe(0)
  expect(stderr).toContain('WAYBILL_BAD_VALUE: start({…}) sevriceName is no option of start()')
  expect(stderr).toContain('Nearest: serviceName.')
  expect(stderr).toContain('WAYBILL_BAD_VALUE: start({…}) sampling.ratio=10% is not a number. Nearest: 0.1.')
})

test('strict in code: they end the process', async () => {
  const { code, stdout } = await started({ strict: true, protocol: 'grcp' }).ended
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
})

test('off by the environment: nothing is made', async () => {
  const { code, stdout } = await started(
    { serviceName: 'off in env', endpoint: viewer.grpcUrl },
    { OTEL_SDK_DISABLED: 'true' },
  ).ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'flushed\nshut\n' })
  expect(viewer.spans({ service: 'off in env' })).toEqual([])
})
