import * as kafkajs from 'kafkajs'
import type { Consumer, ConsumerRunConfig, EachMessagePayload, Kafka, Producer } from 'kafkajs'
import { startKafka } from '../../../../demo/src/infra/kafka.ts'
import { KafkaJsInstrumentation } from '../../src/instrument/index.ts'
import type { KafkaJsInstrumentationConfig } from '../../src/instrument/index.ts'

/** Hooks on `require` do not fire inside jest: the patch is applied to the real module by hand. */
export function instrumentKafkaJs(config?: KafkaJsInstrumentationConfig): {
  instrumentation: KafkaJsInstrumentation
  unpatch: () => void
} {
  const instrumentation = new KafkaJsInstrumentation(config)
  const [definition] = instrumentation.getModuleDefinitions()
  definition!.patch!(kafkajs)
  return { instrumentation, unpatch: () => definition!.unpatch!(kafkajs) }
}

export interface TestKafka {
  kafka: Kafka
  broker: string
  producer: Producer
  /** Makes the topics, by a message that is consumed before anything else. */
  makeTopics(...topics: string[]): Promise<void>
  /** A consumer that is running and has joined its group (which takes 3 s on the mock cluster). */
  consume(topics: string[], config: ConsumerRunConfig, group?: string): Promise<Consumer>
  stop(): Promise<void>
}

/** A broker, a client and a producer for one test file. */
export async function startTestKafka(): Promise<TestKafka> {
  const broker = await startKafka()
  const kafka = new kafkajs.Kafka({
    brokers: broker.brokers,
    clientId: 'test-client',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 30 },
  })
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const consumers: Consumer[] = []
  return {
    kafka,
    broker: broker.brokers[0]!,
    producer,
    async makeTopics(...topics) {
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: topics.map((topic) => ({ topic })) })
      await admin.disconnect()
    },
    async consume(topics, config, groupId = `group-${topics[0]}`) {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, retry: { initialRetryTime: 30 } })
      consumers.push(consumer)
      await consumer.connect()
      await consumer.subscribe({ topics, fromBeginning: true })
      const joined = new Promise<void>((resolve) => consumer.on('consumer.group_join', () => resolve()))
      await consumer.run(config)
      await joined
      return consumer
    },
    async stop() {
      await Promise.all([producer.disconnect(), ...consumers.map((consumer) => consumer.disconnect())])
      await broker.stop()
    },
  }
}

export type Handler = (payload: EachMessagePayload) => Promise<unknown>

export function textOf(value: Buffer | string | null | undefined): string | undefined {
  return value?.toString()
}
