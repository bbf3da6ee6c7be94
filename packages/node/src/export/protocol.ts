import type { Endpoint } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'

// What crosses the border between the app's thread and the export worker.

/** Encoded telemetry. The bytes are transferred: the sender has them no more. */
export interface Batch {
  readonly signal: Signal
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Spans, log records or metric points in it. */
  readonly items: number
}

export type Message = { readonly batch: Batch } | 'hurry'

/** The worker's `workerData`. */
export interface WorkerStart {
  readonly waybillExport: {
    readonly endpoints: Partial<Record<Signal, Endpoint>>
    /** A shared Int32Array, see below. */
    readonly state: SharedArrayBuffer
  }
}

/**
 * Slot of the shared Int32Array that counts the batches handed over and not yet settled. Both threads use it
 * with Atomics; who waits is woken when it reaches zero.
 */
export const PENDING = 0
export const SLOTS = 1
