import { Kafka, logLevel } from 'kafkajs'
import type { Cleanup } from './cleanup.ts'

export interface Topics {
  scans: string
  enriched: string
  deadLetter: string
}

export function topicsOf(suffix: string): Topics {
  return {
    scans: `scans${suffix}`,
    enriched: `scans.enriched${suffix}`,
    deadLetter: `scans.dead-letter${suffix}`,
  }
}

/**
 * Make the topics, so that no consumer asks for one that is not there; on a broker of the user's own they go with the
 * demo.
 *
 * @throws Error when no broker answers
 */
export async function makeTopics(
  brokers: string[],
  topics: Topics,
  cleanup: Cleanup | undefined,
): Promise<void> {
  const kafka = new Kafka({ clientId: 'demo', brokers, logLevel: logLevel.NOTHING, retry: { retries: 3 } })
  const names = Object.values(topics) as string[]
  const admin = kafka.admin()
  try {
    await admin.connect()
    await admin.createTopics({
      topics: names.map((topic) => ({ topic, numPartitions: 4 })),
      waitForLeaders: true,
    })
  } catch (error) {
    throw new Error(`Kafka at ${brokers.join(',')}: ${(error as Error).message}`, { cause: error })
  } finally {
    await admin.disconnect()
  }
  cleanup?.add(`topics ${names.join(', ')}`, async () => {
    await admin.connect()
    await admin.deleteTopics({ topics: names })
    await admin.disconnect()
  })
}
