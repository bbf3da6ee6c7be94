import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import { startCollector, type Arrived, type Collector } from '../../../../benchmarks/collector/collector.ts'
import { countLost } from '../../../../benchmarks/loss/counted.ts'
import { run, type Running } from '../support/run.ts'
import { seeded } from '../support/sampling.ts'
import { weather } from '../support/weather.ts'

// Short here; two minutes by `npm run test:soak` (docs/guide/benchmarks.md).
const LONG = process.env['WAYBILL_SOAK'] === 'true'
const SECONDS = LONG ? 120 : 5
const PER_SECOND = 5000
const SEED = 20_261_121
const MiB = 1024 * 1024
/** Until this the process is still growing into its work, in milliseconds. */
const WARM = LONG ? 10_000 : 1500

jest.setTimeout((SECONDS * 2 + 120) * 1000)

let dir: string
let viewer: Viewer
const collectors: Collector[] = []
const apps: Running[] = []

beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
})
afterAll(() => viewer.close())
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-soak-'))
})
afterEach(async () => {
  for (const { child } of apps.splice(0)) child.kill('SIGKILL')
  await Promise.all(collectors.splice(0).map((collector) => collector.stop()))
  rmSync(dir, { recursive: true, force: true })
})

/** Spans go to the collector of the test, metrics to the viewer. */
function start(protocol: 'grpc' | 'http', collector: Collector, spool: Record<string, string> = {}): Running {
  const app = run('soak.cjs', {
    args: [String(PER_SECOND), String(SECONDS)],
    env: {
      OTEL_SERVICE_NAME: `soak ${protocol}`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: protocol === 'grpc' ? collector.url : `${collector.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol === 'grpc' ? 'grpc' : 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '1000',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: viewer.grpcUrl,
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      WAYBILL_SPOOL_DIR: dir,
      ...spool,
    },
  })
  apps.push(app)
  return app
}

interface Told {
  readonly at: number
  readonly made: number
  readonly rss: number
}

const told = (app: Running): Told[] =>
  app
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Told)

/** MiB of the process, at the most, beyond what it had when it was warm. */
function growth(app: Running): number {
  const [start = 0, ...later] = told(app).flatMap(({ at, rss }) => (at >= WARM ? [rss] : []))
  return (Math.max(...later) - start) / MiB
}

async function allOf(made: number, collector: Collector): Promise<Arrived> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const arrived = await collector.arrived()
    if (arrived.spans >= made || performance.now() > deadline) return arrived
    await new Promise((resolve) => setTimeout(resolve, LONG ? 5000 : 200))
  }
}

/** What the app counted under a name, once that is `least` or more: answers may still be on their way. */
async function counted(service: string, name: string, least: number): Promise<number> {
  let most = 0
  await viewer
    .waitFor(
      () => {
        for (const { value = 0 } of viewer.metrics({ service, name })) most = Math.max(most, value)
        return most >= least
      },
      { timeoutMs: LONG ? 90_000 : 20_000 },
    )
    // Said with the number by who asked.
    .catch(() => {})
  return most
}

//   app ── 5000 spans/s ──► collector: down, back, refuses, resets, stalls, loses answers, is slow, …
//       ── metrics ───────► viewer                       made = arrived + counted as lost
test('whatever happens to the collector, what was made arrived or is counted, and memory stays flat', async () => {
  await Promise.all((['grpc', 'http'] as const).map(soak))
})

async function soak(protocol: 'grpc' | 'http'): Promise<void> {
  const service = `soak ${protocol}`
  const collector = await startCollector(protocol, { latency: 0 })
  collectors.push(collector)
  // Never full: what is dropped for want of room may have arrived, and would be counted all the same.
  const app = start(protocol, collector, { WAYBILL_SPOOL_MAX_BYTES: String(512 * MiB) })
  await app.printed('{')
  // The export worker is there.
  await allOf(1, collector)
  await weather(collector, seeded(SEED), SECONDS * 1000)
  await app.printed('done')
  const { made } = told(app).at(-1)!
  expect(made).toBe(PER_SECOND * SECONDS)
  const { spans, again, repeated } = await allOf(made, collector)
  const lost = countLost(app.stderr())
  expect({ protocol, missing: made - spans - lost.spans, vague: lost.vague }).toEqual({
    protocol,
    missing: 0,
    vague: [],
  })
  // Every span that came again is counted: its first answer had not come.
  expect(repeated).toBeGreaterThan(0)
  const resent = await counted(service, 'waybill.exporter.resent', repeated)
  expect(resent).toBeGreaterThanOrEqual(repeated)
  const delivered = await counted(service, 'otel.sdk.exporter.span.exported', made)
  // What it said tells why, where that is not so.
  expect({ delivered, said: app.stderr() }).toEqual({ delivered: made, said: app.stderr() })
  expect(growth(app)).toBeLessThan(60)
  if (LONG)
    console.log({ protocol, made, spans, again, repeated, resent, growth: growth(app), said: app.stderr() })
  app.child.kill('SIGTERM')
  await app.ended
}

// Says something only when it lasts.
if (LONG) {
  test('the collector away for two minutes: memory grows by 40 MiB at the most, and what the disk cannot hold is counted', async () => {
    const collector = await startCollector('grpc', { latency: 0 })
    collectors.push(collector)
    const app = start('grpc', collector)
    await app.printed('{')
    await new Promise((resolve) => setTimeout(resolve, WARM))
    await collector.down()
    await app.printed('done')
    console.log({ growth: growth(app), rss: told(app).at(-1)!.rss / MiB, said: app.stderr() })
    expect(growth(app)).toBeLessThan(40)
    await collector.up()
    const { made } = told(app).at(-1)!
    const { spans, again } = await allOf(made, collector)
    expect({ missing: made - spans - countLost(app.stderr()).spans, again }).toEqual({ missing: 0, again: 0 })
    app.child.kill('SIGTERM')
    await app.ended
  })
}
