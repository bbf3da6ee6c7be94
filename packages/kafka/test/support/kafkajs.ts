import * as kafkajs from 'kafkajs'
import { forEachMessage } from '../../src/index.ts'
import { instrumentKafkaJs, startTestKafka, type Handler, type TestKafka } from './kafka.ts'
import { recordTelemetry, type Recorded } from './spans.ts'
import { until } from './until.ts'

/** kafkajs's own functions, as they are now. */
export function functionsNow(): Pick<kafkajs.Kafka, 'producer' | 'consumer'> {
  const { producer, consumer } = Object.getOwnPropertyDescriptors(kafkajs.Kafka.prototype)
  return { producer: producer.value!, consumer: consumer.value! }
}

/** An instrumented kafkajs, with a broker, a producer and consumers. */
export class KafkaJs {
  /** As they are without us. */
  readonly bare = functionsNow()
  /** What consumers do with a message, by topic. */
  readonly handlers = new Map<string, Handler>()
  recorded!: Recorded
  kafka!: TestKafka
  instrumented!: ReturnType<typeof instrumentKafkaJs>

  async start(singles: string[], batches: string[]): Promise<void> {
    this.recorded = recordTelemetry()
    this.instrumented = instrumentKafkaJs()
    this.kafka = await startTestKafka()
    await this.kafka.makeTopics(...singles, ...batches)
    // As an app does it that traces its own start: nothing of that may be in what comes later.
    await this.inTrace('start of the app', () =>
      Promise.all([
        this.kafka.consume(
          singles,
          { eachMessage: async (payload) => void (await this.handlers.get(payload.topic)?.(payload)) },
          'singles',
        ),
        batches.length > 0 && this.kafka.consume(batches, this.#eachBatch(), 'batches'),
      ]),
    )
  }

  async stop(): Promise<void> {
    await this.kafka.stop()
    this.instrumented.unpatch()
    await this.recorded.stop()
  }

  /** Until so many messages of the topic are processed. */
  processed(topic: string, count: number): Promise<unknown> {
    return until(
      () => this.recorded.spans().filter(({ name }) => name === `process ${topic}`).length >= count,
      `${count} process spans of ${topic}`,
    )
  }

  inTrace<T>(name: string, fn: () => Promise<T>): Promise<T> {
    return this.recorded.tracer.startActiveSpan(name, (span) => fn().finally(() => span.end()))
  }

  #eachBatch(): kafkajs.ConsumerRunConfig {
    return {
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        this.recorded.tracer.startSpan('whole batch').end()
        await forEachMessage(
          payload,
          async (delivery) => this.handlers.get(delivery.topic)?.(delivery as never),
          { concurrency: 2 },
        )
      },
    }
  }
}

/** One for a test file, that takes the messages of these topics one by one or in batches. */
export function useKafkaJs({ singles, batches = [] }: { singles: string[]; batches?: string[] }): KafkaJs {
  const used = new KafkaJs()
  beforeAll(() => used.start(singles, batches), 30_000)
  afterAll(() => used.stop(), 30_000)
  beforeEach(() => {
    used.recorded.reset()
    used.handlers.clear()
  })
  return used
}
