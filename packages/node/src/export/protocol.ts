import type { Endpoint } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'
import type { SpoolOptions } from '../options/spool.ts'

// What crosses the border between the app's thread and the export worker.

/** The collector of a signal, or Zipkin, which gets the spans besides. */
export type Destination = Signal | 'zipkin'

/** Where each goes, as far as it goes anywhere. */
export type Endpoints = Partial<Record<Destination, Endpoint>>

export function signalOf(destination: Destination): Signal {
  return destination === 'zipkin' ? 'traces' : destination
}

/** A collector, for messages: never with credentials. */
export function whereOf({ url, protocol }: Endpoint): string {
  return `${new URL(url).origin} (${protocol})`
}

/** Encoded telemetry. The bytes are transferred: the sender has them no more. */
export interface Batch {
  readonly signal: Signal
  /** Not to the signal's collector. */
  readonly to?: 'zipkin' | undefined
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Spans, log records or metric points in it. */
  readonly items: number
}

/**
 * To the worker. `hurry`: the process ends that many milliseconds after `at`. Shortly before, everything is
 * delivered, on disk, or counted as lost.
 */
export type Message = { readonly batch: Batch } | { readonly hurry: number; readonly at: number }

/** From the worker: nothing is pending any more; or how long exports took, at most once a second. */
export type Notice = 'idle' | { readonly durations: readonly ExportDuration[] }

/** One request to the collector that has ended. */
export interface ExportDuration {
  readonly signal: Signal
  readonly seconds: number
  /** `error.type` where it failed: a status code of HTTP or gRPC, or the name of an error. */
  readonly error: string | undefined
}

/** The worker's `workerData`. */
export interface WorkerStart {
  readonly waybillExport: {
    readonly endpoints: Endpoints
    /** A shared Int32Array, see below. */
    readonly state: SharedArrayBuffer
    /** See counters.ts. It outlives the worker: the next one counts on. */
    readonly counters: SharedArrayBuffer
    /** The same for what goes to Zipkin. */
    readonly apart: SharedArrayBuffer
    /** Undefined: nothing is written to disk. */
    readonly spool: SpoolOptions | undefined
  }
}

/**
 * Slots of the shared Int32Array; both threads use it with Atomics, and who waits on a slot is woken when it
 * reaches zero. PENDING counts the batches handed over and not yet settled, REPLAYING the requests with
 * batches from the disk that are on their way: a process that ends waits for their answers too, so that the
 * next one does not send them again. READ counts the batches that
 * the worker has taken from its port: those after are still the sender's to rescue.
 */
export const PENDING = 0
export const REPLAYING = 1
export const READ = 2
export const SLOTS = 3

/** Milliseconds on a clock that is the same in all threads, and is never set: a worker reads late while it starts. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
