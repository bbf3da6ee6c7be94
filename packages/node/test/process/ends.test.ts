import { createServer, type AddressInfo, type Server } from 'node:net'
import { startViewer, type Viewer } from '@waybill/viewer'
import { run, to } from '../support/run.ts'

let viewer: Viewer
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterAll(() => viewer.close())

const arrived = (service: string): Promise<unknown> =>
  viewer.waitFor(() => viewer.spans({ service, name: 'last words' })[0], { what: `the span of ${service}` })

describe('telemetry made just before the end is delivered, and the end stays what it was', () => {
  test.each([
    ['naturally', 0, ''],
    ['exit', 7, ''],
    ['throw', 1, 'Error: uncaught'],
    ['reject', 1, 'Error: unhandled'],
  ])('%s', async (way, code, stderr) => {
    const service = `ends ${way}`
    const result = await run('ends.cjs', {
      args: [way],
      env: { ...to(viewer), OTEL_SERVICE_NAME: service, OTEL_BSP_SCHEDULE_DELAY: '60000' },
    }).ended
    await arrived(service)
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(stderr)
    expect(result.stderr).not.toContain('waybill:')
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s without a handler of the app', async (signal) => {
    const service = `ends ${signal}`
    const app = run('ends.cjs', {
      args: ['wait'],
      env: { ...to(viewer), OTEL_SERVICE_NAME: service, OTEL_BSP_SCHEDULE_DELAY: '60000' },
    })
    await app.printed('ready')
    app.child.kill(signal)
    expect(await app.ended).toMatchObject({ code: null, signal })
    await arrived(service)
  })

  test('SIGTERM with a handler of the app: it decides', async () => {
    const service = 'ends own'
    const app = run('ends.cjs', { args: ['own'], env: { ...to(viewer), OTEL_SERVICE_NAME: service } })
    await app.printed('ready')
    app.child.kill('SIGTERM')
    expect(await app.ended).toMatchObject({ code: 5, stdout: 'ready\nmy own way\n' })
    await arrived(service)
  })
})

describe('no collector', () => {
  test('nobody listens: one line for the outage, one for the loss with its count, the exit code unchanged', async () => {
    const { code, stderr } = await run('ends.cjs', {
      args: ['exit'],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        OTEL_METRICS_EXPORTER: 'none',
        WAYBILL_EXIT_TIMEOUT: '30000',
      },
    }).ended
    expect(code).toBe(7)
    const lines = stderr.trim().split('\n')
    expect(lines.at(-1)).toMatch(
      /^waybill: WAYBILL_TELEMETRY_LOST: 1 spans for http:\/\/127\.0\.0\.1:9 \(grpc\) are lost/,
    )
    expect(lines.length).toBeLessThanOrEqual(2)
  })

  test('one that takes the connection and never answers: the exit waits no longer than it may', async () => {
    const silent: Server = createServer(() => {}).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => silent.once('listening', resolve))
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
      const { code, stderr } = await run('ends.cjs', {
        args: ['exit'],
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          OTEL_METRICS_EXPORTER: 'none',
          WAYBILL_EXIT_TIMEOUT: '300',
        },
      }).ended
      expect(code).toBe(7)
      expect(stderr).toMatch(
        /^waybill: WAYBILL_TELEMETRY_LOST: the process ends: 1 batches were still on their way/,
      )
    } finally {
      silent.close()
    }
  })
})
