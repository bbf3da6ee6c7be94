import { connect, createServer, type AddressInfo } from 'node:net'
import { until } from '../support/collector.ts'
import { useStarts } from '../support/exporters.ts'
import { freePort } from '../support/free-port.ts'

jest.setTimeout(40_000)

const { start, viewer } = useStarts()

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
