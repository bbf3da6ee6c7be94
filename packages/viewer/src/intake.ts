import type { Limits } from './limits.ts'
import { normalize } from './normalize.ts'
import { decode } from './otlp/decode.ts'
import type { Encoding, Outcome } from './otlp/encode.ts'
import { logsRequest, metricsRequest, tracesRequest } from './otlp/fields.ts'
import { parseJson } from './otlp/json.ts'
import { asRefusal, Refusal } from './refusal.ts'
import type { Signal } from './rows.ts'
import type { Store } from './store.ts'

/** An export request in the form of OTLP/JSON: one of the three lists, by signal. */
export interface ExportRequest {
  resourceSpans?: unknown[]
  resourceLogs?: unknown[]
  resourceMetrics?: unknown[]
}

export type OnRequest = (signal: Signal, request: ExportRequest) => void

/** Where both receivers hand in what arrived, once it is whole and inflated. */
export interface Intake {
  readonly limits: Limits
  /** Stores a request. Throws a Refusal, with nothing stored, where it cannot be read or stored. */
  take(signal: Signal, bytes: Buffer, encoding: Encoding): Outcome
  /** Counts a request that a receiver refused. */
  refuse(reason: string): void
  /** Room for `bytes` of a body that is arriving; throws a Refusal while others take it all. */
  reserve(bytes: number): void
  release(bytes: number): void
}

const MESSAGES = { traces: tracesRequest, logs: logsRequest, metrics: metricsRequest }

export class StoreIntake implements Intake {
  readonly limits: Limits
  requests = 0
  rejected = 0
  refused = 0
  lastProblem: string | undefined
  readonly #store: Store
  readonly #arrived: OnRequest
  #pending = 0

  constructor(store: Store, limits: Limits, arrived: OnRequest) {
    this.#store = store
    this.limits = limits
    this.#arrived = arrived
  }

  take(signal: Signal, bytes: Buffer, encoding: Encoding): Outcome {
    const request =
      encoding === 'json' ? parseJson(bytes, this.limits) : decode(MESSAGES[signal], bytes, this.limits)
    const arrival = normalize(signal, request)
    try {
      this.#store.add(arrival)
    } catch (error) {
      const refusal = asRefusal(error)
      const reason = error instanceof Error ? error.message : String(error)
      process.emitWarning(`@waybill/viewer cannot store what arrives: ${reason}`, 'WaybillViewerWarning')
      throw refusal
    }
    this.requests++
    this.rejected += arrival.rejected
    if (arrival.reason !== undefined) this.lastProblem = arrival.reason
    this.#arrived(signal, request)
    return arrival
  }

  refuse(reason: string): void {
    this.refused++
    this.lastProblem = reason
  }

  reserve(bytes: number): void {
    if (this.#pending + bytes > this.limits.pendingBytes) {
      throw new Refusal('unavailable', 'too much is arriving at once: try again')
    }
    this.#pending += bytes
  }

  release(bytes: number): void {
    this.#pending -= bytes
  }
}
