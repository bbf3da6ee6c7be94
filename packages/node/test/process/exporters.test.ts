import { useStarts } from '../support/exporters.ts'
import { PRELOAD, run } from '../support/run.ts'

jest.setTimeout(40_000)

const { start, viewer } = useStarts()

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
    console.log(Object.keys(require.cache).some((file) => /exporter-prometheus|exporters.(?:zipkin|console)/.test(file)))`
  const { stdout } = await run('-e', {
    args: [source],
    flags: PRELOAD,
    env: { OTEL_TRACES_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' },
  }).ended
  expect(stdout).toBe('false\n')
})
