import { Kafka, logLevel, type IHeaders } from 'kafkajs'

/** A record that could not be transformed, where it lies. */
export interface DeadLetter {
  topic: string
  partition: number
  offset: string
  parcelId: string
  reason: string
}

export interface DeadLetterWatch {
  found: readonly DeadLetter[]
  stop(): Promise<void>
}

/** Read the dead-letter topic from its beginning, as an operator would. */
export async function watchDeadLetters(
  brokers: string[],
  topic: string,
  groupId: string,
): Promise<DeadLetterWatch> {
  const found: DeadLetter[] = []
  const kafka = new Kafka({ clientId: 'dead-letter-watch', brokers, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()))
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      found.push({
        topic,
        partition,
        offset: message.offset,
        parcelId: message.key?.toString() ?? '',
        reason: header(message.headers, 'x-error-message'),
      })
    },
  })
  await joined
  return { found, stop: () => consumer.disconnect() }
}

function header(headers: IHeaders | undefined, name: string): string {
  const value = headers?.[name]
  return (Array.isArray(value) ? value[0] : value)?.toString() ?? ''
}
