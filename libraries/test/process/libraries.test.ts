import { startViewer, type SpanRow, type Viewer } from '@waybill/viewer'
import { startKafka } from '../../../demo/src/infra/kafka.ts'
import { startPostgres } from '../../../demo/src/infra/postgres.ts'
import { CASES, systemsOf, type Case, type System } from '../../src/cases.ts'
import { dedent, draw } from '../../src/draw.ts'
import { startRedis } from '../../src/redis.ts'
import { runCase, type Outcome } from '../../src/run.ts'

/** Each case spends most of its time in one Node. */
const AT_ONCE = 2

const jobs = CASES.flatMap((one) => systemsOf(one).map((system) => ({ one, system })))
const outcomes = new Map(jobs.map((job) => [serviceOf(job), Promise.withResolvers<Outcome>()]))

let viewer: Viewer
let stop: () => Promise<unknown> = async () => {}

beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
  const [postgres, kafka, redis] = await Promise.all([startPostgres(), startKafka(), startRedis()])
  stop = () => Promise.all([viewer.close(), postgres.stop(), kafka.stop(), redis?.stop()])
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
    POSTGRES_URL: postgres.url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    ...(redis && { REDIS_PORT: String(redis.port) }),
  }
  const waiting = jobs.values()
  const work = async (): Promise<void> => {
    for (const job of waiting) {
      const service = serviceOf(job)
      const outcome = runCase(job.one, job.system, { ...env, OTEL_SERVICE_NAME: service })
      outcomes.get(service)!.resolve(await outcome)
    }
  }
  for (let i = 0; i < AT_ONCE; i++) void work()
}, 60_000)

afterAll(async () => {
  await Promise.all([...outcomes.values()].map(({ promise }) => promise))
  await stop()
})

function serviceOf({ one, system }: { one: Case; system: System }): string {
  return `${one.name}, ${system}`
}

test.each(jobs.map((job) => [serviceOf(job), job] as const))(
  '%s',
  async (service, { one }) => {
    const { code, stdout, stderr } = await outcomes.get(service)!.promise
    const spans = viewer.spans({ service })
    expect({ code, stderr, spans: draw(spans) }).toEqual({ code: 0, stderr: '', spans: dedent(one.spans) })
    if (one.ids) expectIds(stdout, spans)
  },
  120_000,
)

function expectIds(stdout: string, spans: readonly SpanRow[]): void {
  const server = spans.find(({ kind }) => kind === 2)!
  const lines = stdout.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ trace_id: server.traceId, span_id: server.spanId }),
  ])
}
