import type { Case } from './case.ts'

/** Message queues. */
export const QUEUES: readonly Case[] = [
  {
    name: 'kafkajs',
    integration: 'kafkajs',
    library: 'kafkajs 2',
    imports: [['{ Kafka, logLevel }', 'kafkajs']],
    fixture: 'kafkajs.cjs',
    needs: 'kafka',
    note: 'consumers: packages/node/test/process/preload.test.ts',
    spans: `
      internal app
        producer send orders`,
  },
  {
    name: 'amqplib',
    integration: 'amqplib',
    library: 'amqplib 2',
    imports: [['{ connect }', 'amqplib']],
    fixture: 'amqplib.cjs',
    note: 'to a stand-in that answers as a server does',
    spans: `
      internal app
        producer publish orders`,
  },
]
