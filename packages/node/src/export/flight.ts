import type { Signal } from '../options/read.ts'
import type { Counters } from './counters.ts'
import type { Job } from './job.ts'

/** Requests on their way at once: so many, and one more for each that waits, up to a bound. */
const FEW = 8
const MOST = 32
const MAX_BYTES = 16 * 1024 * 1024

/** The jobs of one signal that are on their way to the collector. */
export class Flight {
  readonly #signal: Signal
  readonly #counters: Counters
  readonly #jobs = new Set<Job>()
  #bytes = 0

  constructor(signal: Signal, counters: Counters) {
    this.#signal = signal
    this.#counters = counters
  }

  get size(): number {
    return this.#jobs.size
  }

  /** How many of them came from the disk. */
  get replays(): number {
    let count = 0
    for (const { claim } of this.#jobs) if (claim) count++
    return count
  }

  /** Is the answer to any of them still waited for? */
  get awaited(): boolean {
    for (const { abandoned } of this.#jobs) if (!abandoned) return true
    return false
  }

  /** May one of so many that wait go, too? */
  hasRoom(waiting: number): boolean {
    const most = Math.min(FEW + waiting - 1, MOST)
    return this.#jobs.size < most && (this.#bytes < MAX_BYTES || this.#jobs.size === 0)
  }

  began(job: Job): void {
    this.#jobs.add(job)
    this.#hold(job.body.byteLength)
  }

  ended(job: Job): void {
    this.#jobs.delete(job)
    this.#hold(-job.body.byteLength)
  }

  /** Wait for none of them any more. @returns those that were waited for */
  abandon(): Job[] {
    const awaited = [...this.#jobs].filter(({ abandoned }) => !abandoned)
    for (const job of awaited) job.abandoned = job.unsure = true
    return awaited
  }

  #hold(more: number): void {
    this.#bytes += more
    this.#counters.set(this.#signal, 'inFlight', this.#jobs.size)
  }
}
