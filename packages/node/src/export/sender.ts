import type { LossReason } from './counters.ts'
import type { Signal } from '../options/read.ts'
import type { Batch } from './protocol.ts'

/** The way from the app's code to the export worker: directly, or from a thread of the app through the main thread. */
export interface Sender {
  /** There will be something to send: get ready, but not now. */
  prepare(): void
  /** Hand over; does not wait, except when the process is ending. */
  send(batch: Batch): void
  /** True when all that was handed over is settled; false when `timeout` milliseconds passed first. */
  flush(timeout: number): Promise<boolean>
  /** The same for an end: blocks this thread. What is sent from now on is waited for in `send`. */
  end(timeout: number): boolean
  close(timeout: number): Promise<void>
  /** Count what this thread loses. */
  lost(signal: Signal, items: number, reason: LossReason): void
}

/** One signal's part in an end. */
export interface Flushable {
  /** Encode what is waiting and hand it over, synchronously. */
  handOver(): void
  /** The same, for good: what comes later is handed over when it comes. */
  end(): void
}

/** All of one signal. */
export interface Way extends Flushable {
  /** Deliver, and take nothing any more. */
  shutdown(): Promise<void>
}
