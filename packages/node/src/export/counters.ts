import type { Signal } from '../options/read.ts'

/** What is counted for each signal, in items (spans, log records, metric points) unless said otherwise. */
export const COUNTS = [
  'delivered',
  /** Lost, by reason: the collector took the request and rejected these (partial success); */
  'rejected',
  /** it refused the request for good; */
  'refused',
  /** more was waiting in memory than is kept, and the disk did not take it; */
  'overflow',
  /** the oldest on disk made room, or could not be read; */
  'spoolDropped',
  /** they could not be encoded (counted by the app's thread); */
  'encode',
  /** the process ended before they were delivered, and the disk did not take them; */
  'exit',
  /** the export worker stopped while it had them (counted by the app's thread). */
  'stopped',
  /** Requests that failed and were tried again. */
  'retries',
  /** Written to disk; delivered from it, by whichever process wrote them. */
  'spooled',
  'replayed',
  /** Delivered after an attempt without an answer: the collector may have them twice. */
  'resent',
  /** Files of the spool that could not be read and were set aside. */
  'setAside',
  /** Requests on their way now; bytes waiting in memory now; bytes of this service on disk, as last seen. */
  'inFlight',
  'queueBytes',
  'spoolBytes',
] as const

export type Count = (typeof COUNTS)[number]
/** The reasons for which telemetry is lost. */
export type LossReason = 'rejected' | 'refused' | 'overflow' | 'spoolDropped' | 'encode' | 'exit' | 'stopped'

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs']
const WIDTH = COUNTS.length
const INDEX = Object.fromEntries(COUNTS.map((count, i) => [count, i])) as Record<Count, number>

/** 64-bit counters in shared memory, written and read by both threads. */
export class Counters {
  readonly buffer: SharedArrayBuffer
  readonly #slots: BigInt64Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(SIGNALS.length * WIDTH * 8)) {
    this.buffer = buffer
    this.#slots = new BigInt64Array(buffer)
  }

  add(signal: Signal, count: Count, by: number): void {
    Atomics.add(this.#slots, slot(signal, count), BigInt(by))
  }

  set(signal: Signal, count: Count, value: number): void {
    Atomics.store(this.#slots, slot(signal, count), BigInt(value))
  }

  read(signal: Signal, count: Count): number {
    return Number(Atomics.load(this.#slots, slot(signal, count)))
  }
}

/** Items of what this process handed over that are done with: delivered, on disk, or lost. */
export function settledItems(counters: Counters, signal: Signal): number {
  const read = (count: Count): number => counters.read(signal, count)
  const lost = read('rejected') + read('refused') + read('overflow') + read('exit') + read('stopped')
  return read('delivered') - read('replayed') + read('spooled') + lost
}

function slot(signal: Signal, count: Count): number {
  return SIGNALS.indexOf(signal) * WIDTH + INDEX[count]
}
