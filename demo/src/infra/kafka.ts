import { join } from 'node:path'
import { startHost } from './host.ts'
import type { KafkaReady, KafkaUpstream } from './mock-cluster.ts'

export interface RunningKafka {
  /** `['127.0.0.1:PORT']` */
  brokers: string[]
  stop(): Promise<void>
}

/**
 * A Kafka broker for development: librdkafka's mock cluster, in a process of its own, behind a relay. It speaks
 * the real wire protocol: groups, rebalances, headers, compression, transactions. Its limits: four partitions a
 * topic whatever is asked for, 5 MiB kept a partition, nothing on disk, the first join of a group takes 3 s.
 *
 * @param options.port a fixed port; default: any free one
 */
export async function startKafka(options: { port?: number } = {}): Promise<RunningKafka> {
  const host = await startHost<KafkaReady>(join(import.meta.dirname, 'mock-cluster.ts'), {
    args: [String(options.port ?? 0)],
    // librdkafka tells the mock cluster's address nowhere but in its log, which a process cannot read of itself.
    onLine(line, child) {
      const upstream = /Mock cluster enabled: .* replaced with 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (upstream) child.send({ upstream: Number(upstream) } satisfies KafkaUpstream)
    },
  })
  return { brokers: [`127.0.0.1:${host.ready.port}`], stop: () => host.stop() }
}
