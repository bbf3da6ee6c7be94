import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  type InstrumentationConfig,
} from '@opentelemetry/instrumentation'
import { guard } from '@waybill/core'
import type { Consumer, Kafka, Producer } from 'kafkajs'
import { serverOf } from '../semconv.ts'
import { state } from '../state.ts'
import { instrumentsOf, type Telemetry } from '../telemetry.ts'
import type { ClientInfo } from '../types.ts'
import { SCOPE, VERSION } from '../version.ts'
import { traceConsumer } from './kafkajs-consumer.ts'
import { traceProducer } from './kafkajs-producer.ts'
import { around, replaceFunction } from './replace.ts'

export interface KafkaJsInstrumentationConfig extends InstrumentationConfig {
  /** Put message keys on spans (`messaging.kafka.message.key`). Keys often are personal data. @default false */
  recordMessageKey?: boolean
}

/** What a part of the patch asks at each call; undefined while the instrumentation is disabled. */
export type TelemetryNow = () => Telemetry | undefined

/** Traces kafkajs producers and consumers. Enabled at construction unless `enabled: false`. */
export class KafkaJsInstrumentation extends InstrumentationBase<KafkaJsInstrumentationConfig> {
  constructor(config: KafkaJsInstrumentationConfig = {}) {
    super(SCOPE, VERSION, config)
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition(
      'kafkajs',
      ['>=2 <3'],
      (exports: KafkaJsExports) => {
        guard('kafkajs patch', () => this.#patch(prototypeOf(exports)), undefined)
        return exports
      },
      (exports: KafkaJsExports) => {
        guard('kafkajs unpatch', () => unpatch(prototypeOf(exports)), undefined)
      },
    )
  }

  /** One patch for each copy of kafkajs, however often it is loaded and however many instrumentations there are. */
  #patch(prototype: Kafka | undefined): void {
    if (!prototype || state.patched.has(prototype)) return
    const restoreProducer = replaceFunction(prototype, 'producer', (original) =>
      around(original, (call) => {
        const producer = call()
        guard('kafkajs producer', () => this.#traceProducer(producer), undefined)
        return producer
      }),
    )
    const restoreConsumer = replaceFunction(prototype, 'consumer', (original) =>
      around(original, (call, [config]) => {
        const consumer = call()
        guard('kafkajs consumer', () => this.#traceConsumer(consumer, config?.groupId), undefined)
        return consumer
      }),
    )
    state.patched.set(prototype, () => {
      restoreProducer()
      restoreConsumer()
    })
  }

  #traceProducer(producer: Producer): void {
    const client: ClientInfo = {}
    learn(client, (listener) => producer.on(producer.events.REQUEST, listener))
    traceProducer(producer, this.#telemetryFor(client))
  }

  #traceConsumer(consumer: Consumer, groupId: unknown): void {
    const client: ClientInfo = typeof groupId === 'string' ? { groupId } : {}
    learn(client, (listener) => consumer.on(consumer.events.REQUEST, listener))
    traceConsumer(consumer, this.#telemetryFor(client))
  }

  #telemetryFor(client: ClientInfo): TelemetryNow {
    return () =>
      this.isEnabled()
        ? {
            tracer: this.tracer,
            instruments: instrumentsOf(this.meter),
            client,
            recordMessageKey: this.getConfig().recordMessageKey === true,
          }
        : undefined
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

function unpatch(prototype: Kafka | undefined): void {
  if (!prototype) return
  state.patched.get(prototype)?.()
  state.patched.delete(prototype)
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
