import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startViewer, type Viewer } from '@waybill/viewer'
import { PRELOAD, run, to } from '../support/run.ts'

// Each runs processes of its own, some of them one after the other.
jest.setTimeout(30_000)

let viewer: Viewer
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterAll(() => viewer.close())

describe('protocols', () => {
  test.each([
    ['grpc', 'none'],
    ['grpc', 'gzip'],
    ['http/protobuf', 'none'],
    ['http/protobuf', 'gzip'],
    ['http/json', 'gzip'],
  ])('%s, compression %s', async (protocol, compression) => {
    const service = `${protocol} ${compression}`
    const { code, stderr } = await run('ends.cjs', {
      args: ['naturally'],
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: compression,
        OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? viewer.grpcUrl : viewer.httpUrl,
        OTEL_SERVICE_NAME: service,
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      },
    }).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const span = await viewer.waitFor(() => viewer.spans({ service })[0], { what: service })
    expect(span).toMatchObject({ name: 'last words', scope: 'ends', kind: 1 })
    expect(span.parentSpanId).toBeUndefined()
    expect(span.attributes['operation_id']).toMatch(/^[0-9a-f]{8}$/)
    expect(span.resource).toMatchObject({
      'service.name': service,
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.distro.name': '@waybill/node',
    })
  })

  test('headers reach the collector', async () => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const server = createServer((request, response) => {
      resolve(request.headers.authorization)
      request.resume().on('end', () => response.end())
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((ready) => server.once('listening', ready))
      await run('ends.cjs', {
        args: ['naturally'],
        env: {
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
        },
      }).ended
      expect(await promise).toBe('Bearer abc')
    } finally {
      server.close()
    }
  })

  test('an outage that ends: everything arrives, and both ends of it are said', async () => {
    const gone = await startViewer({ grpcPort: 0, httpPort: false })
    const port = Number(new URL(gone.grpcUrl).port)
    await gone.close()
    const app = run('ends.cjs', {
      args: ['wait'],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_BSP_SCHEDULE_DELAY: '10',
        OTEL_SERVICE_NAME: 'outage',
      },
    })
    const { promise: failed, resolve } = Promise.withResolvers<void>()
    app.child.stderr?.on('data', () => app.stderr().includes('WAYBILL_EXPORT_FAILED') && resolve())
    await failed
    const back = await startViewer({ grpcPort: port, httpPort: false })
    try {
      await back.waitFor(() => back.spans({ service: 'outage' })[0], {
        what: 'the span made during the outage',
      })
    } finally {
      app.child.kill('SIGTERM')
      const { stderr } = await app.ended
      await back.close()
      expect(stderr).toContain('WAYBILL_EXPORT_RECOVERED')
    }
  })
})

describe('settings', () => {
  test('wrong ones: a line each, and the app runs', async () => {
    const { code, stdout, stderr } = await run('-e', {
      args: ['console.log("app ran")'],
      env: {
        OTEL_TRACES_SAMPLER: 'foo',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grcp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://x',
      },
    }).ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'app ran\n' })
    expect(stderr.trim().split('\n').toSorted()).toEqual([
      expect.stringMatching(
        /^waybill: WAYBILL_BAD_ENDPOINT: OTEL_EXPORTER_OTLP_ENDPOINT=ftp:\/\/x is not a URL/,
      ),
      expect.stringMatching(/^waybill: WAYBILL_BAD_VALUE: OTEL_EXPORTER_OTLP_PROTOCOL=grcp is unknown/),
      expect.stringMatching(/^waybill: WAYBILL_BAD_VALUE: OTEL_TRACES_SAMPLER=foo is unknown/),
    ])
  })

  test('always_off: nothing leaves', async () => {
    const { code } = await run('ends.cjs', {
      args: ['naturally'],
      env: { ...to(viewer), OTEL_TRACES_SAMPLER: 'always_off', OTEL_SERVICE_NAME: 'off' },
    }).ended
    expect(code).toBe(0)
    expect(viewer.spans({ service: 'off' })).toEqual([])
  })

  test.each([{ OTEL_SDK_DISABLED: 'true' }, { WAYBILL_ENABLED: 'false' }])(
    '%j: nothing is loaded or patched',
    async (env) => {
      const bare = await run('nothing-patched.cjs', { flags: [] }).ended
      const { stdout, stderr } = await run('nothing-patched.cjs', { env: env as Record<string, string> })
        .ended
      expect(stdout).toBe(bare.stdout)
      expect(stderr).toBe('')
      const on = await run('nothing-patched.cjs', { env: to(viewer) }).ended
      expect(on.stdout).not.toBe(bare.stdout)
    },
  )

  test('disabled is said when asked', async () => {
    const { stderr } = await run('-e', {
      args: ['0'],
      env: { OTEL_SDK_DISABLED: 'true', OTEL_LOG_LEVEL: 'debug' },
    }).ended
    expect(stderr).toMatch(/^waybill: off by OTEL_SDK_DISABLED or WAYBILL_ENABLED.*\n$/)
  })

  test('preloaded twice: one SDK', async () => {
    const { stderr, code } = await run('ends.cjs', {
      args: ['naturally'],
      flags: [...PRELOAD, '--import', '@waybill/node/register'],
      env: { ...to(viewer), OTEL_SERVICE_NAME: 'twice' },
    }).ended
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(viewer.spans({ service: 'twice' })).toHaveLength(1)
  })
})

test('libraries of an unexpected kind: the app never notices', async () => {
  const bare = await run('strange-library.cjs', { flags: [] }).ended
  const { code, stdout } = await run('strange-library.cjs', { env: to(viewer) }).ended
  expect({ code, stdout }).toEqual({ code: bare.code, stdout: bare.stdout })
  expect(stdout).toBe('[1,null,"not a logger","not so"]\n')
})

test('a Worker of the app has its spans delivered too', async () => {
  const { code, stdout } = await run('worker.cjs', { env: { ...to(viewer), OTEL_SERVICE_NAME: 'workers' } })
    .ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'worker ended\n' })
  const names = await viewer.waitFor(() => {
    const spans = viewer.spans({ service: 'workers' })
    return spans.length >= 2 && spans.map(({ name }) => name)
  })
  expect(names.toSorted()).toEqual(['in main', 'in worker'])
})

test('a process that lives on has metrics of itself, though it loads nothing to instrument', async () => {
  const app = run('-e', {
    args: ['setInterval(() => {}, 1000)'],
    env: { ...to(viewer), OTEL_METRIC_EXPORT_INTERVAL: '100', OTEL_SERVICE_NAME: 'idle' },
  })
  try {
    const name = 'nodejs.eventloop.utilization'
    const metric = await viewer.waitFor(() => viewer.metrics({ service: 'idle', name })[0], { what: name })
    expect(metric.resource).toMatchObject({ 'telemetry.distro.name': '@waybill/node' })
  } finally {
    app.child.kill('SIGKILL')
    await app.ended
  }
})

test('start() by hand, without the preload', async () => {
  const app = run('manual.mjs', {
    flags: ['--conditions=@waybill/source'],
    env: { ...to(viewer), OTEL_SERVICE_NAME: 'manual' },
  })
  await app.printed('flushed')
  expect(viewer.spans({ service: 'manual' }).map(({ name }) => name)).toEqual(['by hand'])
  const { code, stderr } = await app.ended
  expect(code).toBe(0)
  expect(stderr).toMatch(/^waybill: WAYBILL_STARTED_TWICE: .*\n$/)
})
