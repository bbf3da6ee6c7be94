// The shapes this package needs from a Kafka client, so that it depends on none. kafkajs's types fit them.

import type { Headers } from '@waybill/core'

/** A message as a consumer hands it out. */
export interface ConsumedMessage {
  readonly key?: Buffer | string | null
  readonly value?: Buffer | string | null
  readonly headers?: Headers | undefined
  readonly offset?: string
}

/** A message as a producer takes it. */
export interface ProducedMessage {
  key?: Buffer | string | null
  value: Buffer | string | null
  headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined>
  partition?: number
  timestamp?: string
}

/** One message given to a handler, in the shape of kafkajs's `eachMessage` payload. */
export interface Delivery<M extends ConsumedMessage = ConsumedMessage> {
  readonly topic: string
  readonly partition: number
  readonly message: M
  heartbeat?(): Promise<void>
  pause?(): () => void
}

/** Messages of one partition: kafkajs's `Batch`, or anything of this shape. */
export interface MessageBatch<M extends ConsumedMessage = ConsumedMessage> {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly M[]
}

/** kafkajs's `eachBatch` payload: a batch and the means to say how far it is done. */
export interface MessageBatchPayload<M extends ConsumedMessage = ConsumedMessage> {
  readonly batch: MessageBatch<M>
  resolveOffset(offset: string): void
  heartbeat(): Promise<void>
  pause(): () => void
  isRunning(): boolean
  isStale(): boolean
}

/** What is sent in one call to one topic. */
export interface TopicMessages {
  topic: string
  messages: ProducedMessage[]
}

export interface Producer {
  send(record: TopicMessages): Promise<unknown>
}

/** What is known of the client that sent or polled. */
export interface ClientInfo {
  clientId?: string
  groupId?: string
  serverAddress?: string
  serverPort?: number
}
