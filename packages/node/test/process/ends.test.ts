import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type SpanRow, type Viewer } from '@waybill/viewer'
import { run, to, type Running } from '../support/run.ts'

// Each runs processes of its own, some of them one after the other.
jest.setTimeout(30_000)

let viewer: Viewer
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterAll(() => viewer.close())

const arrived = (service: string, name = 'last words'): Promise<unknown> =>
  viewer.waitFor(() => viewer.spans({ service, name })[0], { what: `"${name}" of ${service}` })

describe('telemetry made just before the end is delivered, and the end stays what it was', () => {
  test.each([
    ['naturally', 0, ''],
    ['exit', 7, ''],
    ['throw', 1, 'Error: uncaught'],
    ['reject', 1, 'Error: unhandled'],
    ['exitCode', 3, ''],
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

test.each(['once', 'signalExit'])(
  'SIGTERM, %s: a handler of the app that leaves the end to the signal',
  async (way) => {
    const service = `ends ${way}`
    const env = { ...to(viewer), OTEL_SERVICE_NAME: service, OTEL_BSP_SCHEDULE_DELAY: '60000' }
    const app = run('ends.cjs', { args: [way], env })
    await app.printed('ready')
    app.child.kill('SIGTERM')
    // One that does not end is ended here, and has another signal to show.
    const last = setTimeout(() => app.child.kill('SIGKILL'), 20_000)
    expect(await app.ended).toMatchObject({ code: null, signal: 'SIGTERM' })
    clearTimeout(last)
    await arrived(service)
  },
)

test('what exit listeners of the app make arrives, too', async () => {
  const env = { ...to(viewer), OTEL_SERVICE_NAME: 'ends late' }
  const { code, stderr } = await run('ends.cjs', { args: ['late'], env }).ended
  expect({ code, stderr }).toEqual({ code: 7, stderr: '' })
  await arrived('ends late')
  const names = viewer.spans({ service: 'ends late' }).map(({ name }) => name)
  expect(names.toSorted()).toEqual(['and another', 'in an exit listener', 'last words'])
})

describe('no collector, and a disk', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-ends-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const settings = (service: string): Record<string, string> => ({
    OTEL_SERVICE_NAME: service,
    OTEL_METRICS_EXPORTER: 'none',
    WAYBILL_SPOOL_DIR: dir,
  })
  const away = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', WAYBILL_EXIT_TIMEOUT: '30000' }
  /** The next process of the service, with a collector, delivers what `first` has made. */
  const nextProcess = async (service: string, first: Running, name = 'last words'): Promise<void> => {
    const app = run('ends.cjs', {
      args: ['wait'],
      env: { ...settings(service), OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl },
    })
    try {
      const isFirst = ({ resource }: SpanRow): boolean => resource['process.pid'] === first.child.pid
      await viewer.waitFor(() => viewer.spans({ service, name }).find(isFirst), {
        what: `"${name}" of the first process of ${service}`,
      })
    } finally {
      app.child.kill('SIGKILL')
      await app.ended
    }
  }

  test.each([
    ['naturally', 0],
    ['exit', 7],
    ['throw', 1],
    ['reject', 1],
    ['exitCode', 3],
    ['late', 7],
  ])('%s: the next process of the service delivers it', async (way, code) => {
    const service = `spooled ${way}`
    const first = run('ends.cjs', { args: [way], env: { ...settings(service), ...away } })
    const { code: ended, stderr } = await first.ended
    expect(ended).toBe(code)
    expect(stderr).toContain('WAYBILL_SPOOLING')
    expect(stderr).not.toContain('WAYBILL_TELEMETRY_LOST')
    await nextProcess(service, first, way === 'late' ? 'and another' : undefined)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', async (signal) => {
    const service = `spooled ${signal}`
    const app = run('ends.cjs', { args: ['wait'], env: { ...settings(service), ...away } })
    await app.printed('ready')
    app.child.kill(signal)
    expect(await app.ended).toMatchObject({ code: null, signal })
    await nextProcess(service, app)
  })

  test('the export worker never answers: the app’s own thread writes to disk', async () => {
    const service = 'spooled deaf'
    const first = run('ends.cjs', {
      args: ['deaf'],
      env: { ...settings(service), ...away, WAYBILL_EXIT_TIMEOUT: '200' },
    })
    const { code, stderr } = await first.ended
    expect(code).toBe(7)
    expect(stderr).not.toContain('WAYBILL_TELEMETRY_LOST')
    await nextProcess(service, first)
  })
})

describe('no collector, and no disk', () => {
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
      /^waybill: WAYBILL_TELEMETRY_LOST: 1 span for http:\/\/127\.0\.0\.1:9 \(grpc\) is lost/,
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
        /^waybill: WAYBILL_TELEMETRY_LOST: 1 span for .* is lost: the process ended before/,
      )
    } finally {
      silent.close()
    }
  })
})
