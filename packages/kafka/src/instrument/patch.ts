// What patches kafkajs, whoever hears of its loading: the preload does without upstream's base class.
import type { Meter, Tracer } from '@opentelemetry/api'
import { guard } from '@waybill/core'
import type { Consumer, Kafka, Producer } from 'kafkajs'
import { serverOf } from '../semconv.ts'
import { state } from '../state.ts'
import { instrumentsOf, type Telemetry } from '../telemetry.ts'
import type { ClientInfo } from '../types.ts'
import { traceConsumer } from './kafkajs-consumer.ts'
import { traceProducer } from './kafkajs-producer.ts'
import { around, replaceFunction } from './replace.ts'

export { SCOPE, VERSION } from '../version.ts'

/** Versions of kafkajs that are patched. */
export const KAFKAJS_VERSIONS = '>=2 <3'

export interface KafkaJsOptions {
  /** Put message keys on spans (`messaging.kafka.message.key`). Keys often are personal data. @default false */
  recordMessageKey?: boolean
}

/** Where spans and metrics go. */
export interface Means extends KafkaJsOptions {
  readonly tracer: Tracer
  readonly meter: Meter
}

/** What a part of the patch asks at each call; undefined while nothing is to be traced. */
export type TelemetryNow = () => Telemetry | undefined

/**
 * Trace the clients of a copy of kafkajs: one patch for each copy, however often it is loaded and however many
 * instrumentations there are.
 *
 * @param exports what `require('kafkajs')` gives, or the namespace of an import of it
 * @param means asked at each call; undefined while nothing is to be traced
 * @returns the exports, as they were
 */
export function patchKafkaJs<T extends object>(exports: T, means: () => Means | undefined): T {
  guard('kafkajs patch', () => patch(prototypeOf(exports), means), undefined)
  return exports
}

/** Take the patch away again. */
export function unpatchKafkaJs(exports: object): void {
  guard('kafkajs unpatch', () => unpatch(prototypeOf(exports)), undefined)
}

function patch(prototype: Kafka | undefined, means: () => Means | undefined): void {
  if (!prototype || state.patched.has(prototype)) return
  const restoreProducer = replaceFunction(prototype, 'producer', (original) =>
    around(original, (call) => {
      const producer = call()
      guard('kafkajs producer', () => watchProducer(producer, means), undefined)
      return producer
    }),
  )
  const restoreConsumer = replaceFunction(prototype, 'consumer', (original) =>
    around(original, (call, [config]) => {
      const consumer = call()
      guard('kafkajs consumer', () => watchConsumer(consumer, config?.groupId, means), undefined)
      return consumer
    }),
  )
  state.patched.set(prototype, () => {
    restoreProducer()
    restoreConsumer()
  })
}

function unpatch(prototype: Kafka | undefined): void {
  if (!prototype) return
  state.patched.get(prototype)?.()
  state.patched.delete(prototype)
}

function watchProducer(producer: Producer, means: () => Means | undefined): void {
  const client: ClientInfo = {}
  learn(client, (listener) => producer.on(producer.events.REQUEST, listener))
  traceProducer(producer, telemetryFor(client, means))
}

function watchConsumer(consumer: Consumer, groupId: unknown, means: () => Means | undefined): void {
  const client: ClientInfo = typeof groupId === 'string' ? { groupId } : {}
  learn(client, (listener) => consumer.on(consumer.events.REQUEST, listener))
  traceConsumer(consumer, telemetryFor(client, means))
}

function telemetryFor(client: ClientInfo, means: () => Means | undefined): TelemetryNow {
  return () => {
    const current = means()
    return (
      current && {
        tracer: current.tracer,
        instruments: instrumentsOf(current.meter),
        client,
        recordMessageKey: current.recordMessageKey === true,
      }
    )
  }
}

interface KafkaJsExports {
  Kafka?: { prototype?: Kafka }
  default?: { Kafka?: { prototype?: Kafka } }
}

/** ES modules may have named exports, a default one, or both. */
function prototypeOf(exports: KafkaJsExports | undefined): Kafka | undefined {
  return exports?.Kafka?.prototype ?? exports?.default?.Kafka?.prototype
}

/**
 * Client id and broker, from the first request that goes over the network (connecting does one): kafkajs keeps its
 * configuration to itself, and of several configured brokers it takes any.
 */
function learn(
  client: ClientInfo,
  subscribe: (listener: (event: { payload: { broker?: unknown; clientId?: unknown } }) => void) => () => void,
): void {
  const unsubscribe = subscribe(({ payload }) => {
    unsubscribe()
    if (typeof payload.clientId === 'string') client.clientId = payload.clientId
    Object.assign(client, serverOf(payload.broker))
  })
}
