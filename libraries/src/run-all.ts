import { startViewer } from '@waybill/viewer'
import { startKafka } from '../../demo/src/infra/kafka.ts'
import { startPostgres } from '../../demo/src/infra/postgres.ts'
import { CASES, systemsOf, type Case, type System } from './cases.ts'
import { judge, type Verdict } from './judge.ts'
import { startRedis } from './redis.ts'
import { runCase, type RunOptions } from './run.ts'

export interface Job {
  /** Unique: the service name of its telemetry. */
  readonly name: string
  readonly one: Case
  readonly system: System
}

export const JOBS: readonly Job[] = CASES.flatMap((one) =>
  systemsOf(one).map((system) => ({ name: `${one.name}, ${system}`, one, system })),
)

/** Each case spends most of its time in one Node. */
const AT_ONCE = 2

/** Run every case, and tell what came of each as soon as it is known. Resolves when all is stopped. */
export async function runAll(
  onVerdict: (job: Job, verdict: Verdict) => void,
  options: RunOptions = {},
): Promise<void> {
  const [viewer, postgres, kafka, redis] = await Promise.all([
    startViewer({ grpcPort: 0, httpPort: 0 }),
    startPostgres(),
    startKafka(),
    startRedis(),
  ])
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
    POSTGRES_URL: postgres.url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    ...(redis && { REDIS_PORT: String(redis.port) }),
  }
  const waiting = JOBS.values()
  const work = async (): Promise<void> => {
    for (const job of waiting) {
      const { name, one, system } = job
      const outcome = await runCase(one, system, { ...env, OTEL_SERVICE_NAME: name }, options)
      onVerdict(job, judge(one, outcome, viewer.spans({ service: name })))
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } finally {
    await Promise.all([viewer.close(), postgres.stop(), kafka.stop(), redis?.stop()])
  }
}
