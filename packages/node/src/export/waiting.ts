import type { Signal } from '../options/read.ts'
import type { Counters } from './counters.ts'
import type { Job } from './job.ts'

/** The jobs of one signal that wait in memory, oldest first, and their bytes. */
export class Waiting {
  readonly #signal: Signal
  readonly #counters: Counters
  readonly #jobs: Job[] = []
  bytes = 0

  constructor(signal: Signal, counters: Counters) {
    this.#signal = signal
    this.#counters = counters
  }

  get size(): number {
    return this.#jobs.length
  }

  get first(): Job | undefined {
    return this.#jobs[0]
  }

  add(job: Job): void {
    this.#jobs.push(job)
    this.#hold(job.body.byteLength)
  }

  /** An attempt failed: to where it was, or behind all others. */
  back(job: Job, last: boolean): void {
    const i = last ? -1 : this.#jobs.findIndex(({ number }) => number > job.number)
    if (i === -1) this.#jobs.push(job)
    else this.#jobs.splice(i, 0, job)
    this.#hold(job.body.byteLength)
  }

  /** The oldest. There is one. */
  take(): Job {
    const job = this.#jobs.shift()!
    this.#hold(-job.body.byteLength)
    return job
  }

  #hold(more: number): void {
    this.bytes += more
    this.#counters.set(this.#signal, 'queueBytes', this.bytes)
  }
}
