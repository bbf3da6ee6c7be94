import type { Context, SpanContext } from '@opentelemetry/api'
import type { ClientInfo } from './types.ts'

/** What an instrumented `eachBatch` leaves for `forEachMessage`. */
export interface BatchOrigin {
  readonly client: ClientInfo
  readonly poll: SpanContext | undefined
}

interface State {
  /** Message → context of its process span. */
  readonly messages: WeakMap<object, Context>
  /** Batch → who polled it. */
  readonly batches: WeakMap<object, BatchOrigin>
  /** Producer or transaction whose `send` is traced → whether it still is. */
  readonly producers: WeakMap<object, () => boolean>
  /** Prototype → what puts its own functions back. */
  readonly patched: WeakMap<object, () => void>
}

const STATE = Symbol.for('waybill.kafka')
const shared = globalThis as { [STATE]?: State }

/** Shared by all copies of this package: the preload's instrumentation and the app's import may be two. */
export const state: State = (shared[STATE] ??= {
  messages: new WeakMap(),
  batches: new WeakMap(),
  producers: new WeakMap(),
  patched: new WeakMap(),
})
