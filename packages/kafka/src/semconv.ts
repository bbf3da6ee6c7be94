import { SpanKind, type Attributes, type Link, type SpanContext } from '@opentelemetry/api'
import type { ClientInfo, ConsumedMessage, Delivery, ProducedMessage } from './types.ts'

// Semantic conventions 1.44, messaging. The names are literals: the incubating entry point of
// @opentelemetry/semantic-conventions is large and its names move between minor releases.

export const ERROR_TYPE = 'error.type'
export const MESSAGING_SYSTEM = 'messaging.system'
export const MESSAGING_OPERATION_NAME = 'messaging.operation.name'
export const MESSAGING_OPERATION_TYPE = 'messaging.operation.type'
export const MESSAGING_DESTINATION_NAME = 'messaging.destination.name'
export const MESSAGING_DESTINATION_PARTITION_ID = 'messaging.destination.partition.id'
export const MESSAGING_BATCH_MESSAGE_COUNT = 'messaging.batch.message_count'
export const MESSAGING_CLIENT_ID = 'messaging.client.id'
export const MESSAGING_CONSUMER_GROUP_NAME = 'messaging.consumer.group.name'
export const MESSAGING_KAFKA_OFFSET = 'messaging.kafka.offset'
export const MESSAGING_KAFKA_MESSAGE_KEY = 'messaging.kafka.message.key'
export const MESSAGING_KAFKA_MESSAGE_TOMBSTONE = 'messaging.kafka.message.tombstone'
export const SERVER_ADDRESS = 'server.address'
export const SERVER_PORT = 'server.port'

export const METRIC_OPERATION_DURATION = 'messaging.client.operation.duration'
export const METRIC_SENT_MESSAGES = 'messaging.client.sent.messages'
export const METRIC_CONSUMED_MESSAGES = 'messaging.client.consumed.messages'
export const METRIC_PROCESS_DURATION = 'messaging.process.duration'

/** The link limit that SDKs have unless told otherwise. */
export const MAX_LINKS = 128
const MAX_KEY = 256

/** Operation name → its type. */
const OPERATION_TYPES = { send: 'send', create: 'create', poll: 'receive', process: 'process' } as const
export type OperationName = keyof typeof OPERATION_TYPES

export interface SpanDescription {
  name: string
  kind: SpanKind
  attributes: Attributes
  links?: Link[]
}

/** The attributes that spans and metrics of one operation share; few values, so fit for metrics. */
export function operationAttributes(
  operation: OperationName,
  topic: string,
  { groupId, serverAddress, serverPort }: ClientInfo,
): Attributes {
  return {
    [MESSAGING_SYSTEM]: 'kafka',
    [MESSAGING_OPERATION_NAME]: operation,
    [MESSAGING_OPERATION_TYPE]: OPERATION_TYPES[operation],
    [MESSAGING_DESTINATION_NAME]: topic,
    ...(groupId !== undefined && { [MESSAGING_CONSUMER_GROUP_NAME]: groupId }),
    ...(serverAddress !== undefined && { [SERVER_ADDRESS]: serverAddress }),
    ...(serverPort !== undefined && { [SERVER_PORT]: serverPort }),
  }
}

/** One message that carries no context yet: the span that sends it is also the one it continues from. */
export function sendOneSpan(
  topic: string,
  message: ProducedMessage,
  client: ClientInfo,
  withKey: boolean,
): SpanDescription {
  return {
    ...describe('send', topic, client, SpanKind.PRODUCER),
    attributes: { ...common('send', topic, client), ...producedAttributes(message, withKey) },
  }
}

/** Several messages, or one that carries a context already. `created`: the contexts they carry. */
export function sendManySpan(
  topic: string,
  count: number,
  created: readonly SpanContext[],
  client: ClientInfo,
): SpanDescription {
  return {
    ...describe('send', topic, client, SpanKind.CLIENT),
    attributes: { ...common('send', topic, client), [MESSAGING_BATCH_MESSAGE_COUNT]: count },
    links: linksTo(created),
  }
}

/** One of several messages. */
export function createSpan(
  topic: string,
  message: ProducedMessage,
  client: ClientInfo,
  withKey: boolean,
): SpanDescription {
  return {
    ...describe('create', topic, client, SpanKind.PRODUCER),
    attributes: { ...common('create', topic, client), ...producedAttributes(message, withKey) },
  }
}

export function pollSpan(
  topic: string,
  partition: number,
  count: number,
  created: readonly SpanContext[],
  client: ClientInfo,
): SpanDescription {
  return {
    ...describe('poll', topic, client, SpanKind.CLIENT),
    attributes: {
      ...common('poll', topic, client),
      [MESSAGING_DESTINATION_PARTITION_ID]: String(partition),
      [MESSAGING_BATCH_MESSAGE_COUNT]: count,
    },
    links: linksTo(created),
  }
}

export function processSpan(
  { topic, partition, message }: Delivery,
  client: ClientInfo,
  withKey: boolean,
): SpanDescription {
  return {
    ...describe('process', topic, client, SpanKind.CONSUMER),
    attributes: {
      ...common('process', topic, client),
      ...placeAttributes(partition, message.offset),
      ...messageAttributes(message, withKey),
    },
  }
}

/** Where a message is: partition as text, offset as a number where it is one. */
export function placeAttributes(partition: number | undefined, offset: string | undefined): Attributes {
  const number = offset === undefined ? Number.NaN : Number(offset)
  return {
    ...(partition !== undefined && { [MESSAGING_DESTINATION_PARTITION_ID]: String(partition) }),
    ...(Number.isSafeInteger(number) && number >= 0 && { [MESSAGING_KAFKA_OFFSET]: number }),
  }
}

export function linksTo(contexts: readonly SpanContext[], max: number = MAX_LINKS): Link[] {
  return contexts.slice(0, max).map((context) => ({ context }))
}

/** `host:port` of one broker, else nothing: a wrong address is worse than none. */
export function serverOf(broker: unknown): Pick<ClientInfo, 'serverAddress' | 'serverPort'> {
  if (typeof broker !== 'string') return {}
  const match = /^\[?([^\s/@]{1,255}?)\]?:(\d{1,5})$/.exec(broker)
  return match ? { serverAddress: match[1]!, serverPort: Number(match[2]) } : {}
}

function describe(
  operation: OperationName,
  topic: string,
  client: ClientInfo,
  kind: SpanKind,
): SpanDescription {
  return { name: `${operation} ${topic}`, kind, attributes: common(operation, topic, client) }
}

function common(operation: OperationName, topic: string, client: ClientInfo): Attributes {
  return {
    ...operationAttributes(operation, topic, client),
    ...(client.clientId !== undefined && { [MESSAGING_CLIENT_ID]: client.clientId }),
  }
}

function producedAttributes(message: ProducedMessage, withKey: boolean): Attributes {
  return {
    ...(typeof message.partition === 'number' && placeAttributes(message.partition, undefined)),
    ...messageAttributes(message, withKey),
  }
}

function messageAttributes({ key, value }: ConsumedMessage, withKey: boolean): Attributes {
  return {
    ...(value === null && { [MESSAGING_KAFKA_MESSAGE_TOMBSTONE]: true }),
    ...(withKey && key !== undefined && key !== null && { [MESSAGING_KAFKA_MESSAGE_KEY]: keyText(key) }),
  }
}

function keyText(key: Buffer | string): string {
  return typeof key === 'string' ? key.slice(0, MAX_KEY) : key.toString('utf8', 0, MAX_KEY)
}
