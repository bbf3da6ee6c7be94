import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import { httpCollector, until, type Collector } from '../support/collector.ts'
import { PRELOAD, run, type Running } from '../support/run.ts'

jest.setTimeout(40_000)

const OFF = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function zipkin(...args: Parameters<typeof httpCollector>): Promise<Collector> {
  const collector = await httpCollector(...args)
  closing.push(() => collector.close())
  return collector
}

async function viewer(): Promise<Viewer> {
  const started = await startViewer({ grpcPort: 0, httpPort: 0 })
  closing.push(() => started.close())
  return started
}

function start(way: string, env: Record<string, string>): Running {
  const running = run('exporters.cjs', { args: [way], env: { ...OFF, ...env } })
  closing.push(async () => {
    running.child.kill('SIGKILL')
    await running.ended
  })
  return running
}

const toZipkin = ({ url }: Collector): Record<string, string> => ({
  OTEL_TRACES_EXPORTER: 'zipkin',
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${url}/api/v2/spans`,
})

interface ZipkinSpan {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly kind?: string
  readonly timestamp: number
  readonly duration: number
  readonly localEndpoint: object
  readonly remoteEndpoint?: object
  readonly tags: Record<string, string>
  readonly annotations?: { timestamp: number; value: string }[]
}

function spansOf({ received }: Collector): ZipkinSpan[] {
  return received.flatMap(({ body }) => JSON.parse(body.toString()) as ZipkinSpan[])
}

describe('zipkin', () => {
  //  order (server)
  //    ├─ charge (client, error) ─► payments
  //    └─ inner
  test('spans in its JSON, delivered by a process that exits', async () => {
    const collector = await zipkin((_request, response) => void response.writeHead(202).end())
    const { code, stderr } = await start('exit', toZipkin(collector)).ended
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    const [request] = collector.received
    expect(request).toMatchObject({
      path: '/api/v2/spans',
      headers: { 'content-type': 'application/json' },
    })
    const spans = spansOf(collector)
    expect(spans.map(({ name }) => name).sort()).toEqual(['charge', 'inner', 'order'])
    const [charge, inner, order] = ['charge', 'inner', 'order'].map((name) =>
      spans.find((span) => span.name === name)!,
    ) as [ZipkinSpan, ZipkinSpan, ZipkinSpan]
    const local = { serviceName: 'fixture' }
    expect(order).toMatchObject({ kind: 'SERVER', localEndpoint: local, tags: { 'http.route': '/orders' } })
    expect(order.parentId).toBeUndefined()
    expect(order.tags['error']).toBeUndefined()
    expect(order.tags['service.name']).toBeUndefined()
    expect(order.remoteEndpoint).toBeUndefined()
    expect(inner).toMatchObject({ parentId: order.id, tags: { 'otel.status_code': 'OK' } })
    expect(inner.kind).toBeUndefined()
    expect(charge).toMatchObject({
      traceId: order.traceId,
      parentId: order.id,
      kind: 'CLIENT',
      remoteEndpoint: { serviceName: 'payments', ipv4: '10.0.0.7', port: 8443 },
      tags: {
        items: '["a","b"]',
        retried: 'true',
        'otel.status_code': 'ERROR',
        error: 'no money',
        'otel.scope.name': 'fixture',
        'otel.scope.version': '1.2.3',
        'telemetry.sdk.language': 'nodejs',
      },
    })
    expect(charge.annotations!.map(({ value }) => value)).toEqual(['sent', '"refused":{"code":402}'])
    for (const span of spans) {
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(span.id).toMatch(/^[0-9a-f]{16}$/)
      expect(Number.isInteger(span.timestamp) && Math.abs(span.timestamp / 1000 - Date.now()) < 60_000).toBe(
        true,
      )
      expect(Number.isInteger(span.duration) && span.duration >= 1).toBe(true)
      expect(Object.values(span.tags).every((value) => typeof value === 'string')).toBe(true)
    }
  })

  test('beside otlp: each gets all spans', async () => {
    const [collector, otlp] = await Promise.all([zipkin(), viewer()])
    const { stderr } = await start('naturally', {
      ...toZipkin(collector),
      OTEL_TRACES_EXPORTER: 'otlp,zipkin',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.grpcUrl,
    }).ended
    expect(stderr).toBe('')
    expect(spansOf(collector)).toHaveLength(3)
    expect(otlp.spans({ service: 'fixture' })).toHaveLength(3)
  })

  test('tries again where it is busy', async () => {
    let refusals = 0
    const collector = await zipkin((_request, response) =>
      response.writeHead(++refusals <= 2 ? 503 : 202).end(),
    )
    const app = start('stays', { ...toZipkin(collector), OTEL_BSP_SCHEDULE_DELAY: '10' })
    await until('the third attempt', () => collector.received.length >= 3, 20_000)
    const [first, , third] = collector.received
    expect(third!.body).toEqual(first!.body)
    app.child.kill('SIGTERM')
    expect((await app.ended).signal).toBe('SIGTERM')
    expect(collector.received).toHaveLength(3)
  })

  test('away: kept on disk, and delivered by the next process, to Zipkin alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-zipkin-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const gone = await httpCollector()
    await gone.close()
    const env = { WAYBILL_SPOOL: 'true', WAYBILL_SPOOL_DIR: folder }
    const first = await start('exit', { ...env, ...toZipkin(gone) }).ended
    expect(first.stderr).toContain('(zipkin) waits on disk')

    // The same host, and spans too: an OTLP collector would understand nothing of it.
    const otlp = await viewer()
    const otlpEnv = {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.httpUrl,
    }
    const collector = await zipkin(undefined, gone.port)
    const app = start('stays', {
      ...env,
      ...otlpEnv,
      ...toZipkin(collector),
      OTEL_TRACES_EXPORTER: 'otlp,zipkin',
    })
    await until('all spans', () => spansOf(collector).length === 6, 20_000)
    app.child.kill('SIGTERM')
    await app.ended
    expect(otlp.spans({ service: 'fixture' })).toHaveLength(3)
    expect(otlp.counts().refused).toBe(0)
  })
})

describe('prometheus', () => {
  const served = (port: number): Record<string, string> => ({
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
  })

  test('fetched from the process, which it does not keep alive, nor trace', async () => {
    const [port, otlp] = await Promise.all([freePort(), viewer()])
    const app = start('stays', {
      ...served(port),
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.grpcUrl,
    })
    const text = await scrape(port)
    expect(text).toMatch(/^orders_total\{shop="x",otel_scope_name="fixture"\} 3$/m)
    expect(text).toMatch(/^order_size_bucket\{otel_scope_name="fixture",le="10"\} 1$/m)
    expect(text).toMatch(/^stock\{shop="x",otel_scope_name="fixture"\} 42$/m)
    expect(text).toMatch(/^target_info\{.*service_name="fixture"/m)
    expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404)
    // A connection that is open and silent holds nobody up.
    const idle = connect(port, '127.0.0.1')
    idle.on('error', () => {})
    await new Promise((resolve) => idle.once('connect', resolve))
    app.child.kill('SIGUSR2')
    const { code, stderr } = await app.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(
      otlp
        .spans({ service: 'fixture' })
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['charge', 'inner', 'order'])
    expect(otlp.metrics({ service: 'fixture', name: 'orders' })).toHaveLength(1)
    expect(otlp.metrics({ service: 'fixture', name: 'http.server.request.duration' })).toEqual([])
  })

  test('a port in use: one line, the app runs, and it is served when the port is free', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const app = start('stays', served(port))
    await app.printed('ready')
    await until('the line', () => app.stderr() !== '', 20_000)
    await new Promise((resolve) => other.close(resolve))
    expect(await scrape(port)).toContain('orders_total')
    app.child.kill('SIGUSR2')
    const { code, stderr } = await app.ended
    expect(code).toBe(0)
    expect(stderr).toMatch(
      new RegExp(`^waybill: WAYBILL_PROMETHEUS_FAILED: .* on 127.0.0.1:${port}: .*EADDRINUSE.*\\n$`),
    )
  })

  test('in a cluster one process serves, the other says why it does not', async () => {
    const port = await freePort()
    const app = start('cluster', served(port))
    await until('the line', () => app.stderr().includes('WAYBILL_PROMETHEUS_FAILED'), 20_000)
    expect(await scrape(port)).toContain('orders_total')
    expect(app.stderr().match(/WAYBILL_/g)).toHaveLength(1)
  })
})

describe('console', () => {
  const CONSOLE = {
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_METRICS_EXPORTER: 'console',
    OTEL_LOGS_EXPORTER: 'console',
  }

  test('prints all three signals, metrics also of a process that exits', async () => {
    const { code, stdout, stderr } = await start('exit', CONSOLE).ended
    expect({ code, stderr }).toMatchObject({ code: 3 })
    expect(stdout).toContain("name: 'charge'")
    expect(stdout).toContain("body: 'hello'")
    expect(stdout).toMatch(/name: 'orders',[^]*value: 3/)
    expect(stdout).toMatch(/name: 'stock',[^]*value: 42/)
  })

  test('beside otlp', async () => {
    const otlp = await viewer()
    const both = { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.grpcUrl }
    for (const [name, value] of Object.entries(CONSOLE)) Object.assign(both, { [name]: `otlp,${value}` })
    const { stdout } = await start('naturally', both).ended
    expect(stdout).toContain("name: 'charge'")
    expect(otlp.spans({ service: 'fixture' })).toHaveLength(3)
    expect(otlp.logs({ service: 'fixture' })).toHaveLength(1)
    expect(otlp.metrics({ service: 'fixture', name: 'stock' })).toHaveLength(1)
  })
})

test('none of them is read where it is not configured', async () => {
  const source = `require('@opentelemetry/api')
    console.log(Object.keys(require.cache).some((file) => /exporter-prometheus|exporters.zipkin/.test(file)))`
  const { stdout } = await run('-e', {
    args: [source],
    flags: PRELOAD,
    env: { OTEL_TRACES_EXPORTER: 'console' },
  }).ended
  expect(stdout).toBe('false\n')
})

/** The metrics, as soon as they are served. */
async function scrape(port: number): Promise<string> {
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`)
      return await response.text()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
