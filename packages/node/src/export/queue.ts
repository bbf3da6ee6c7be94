import { reportInternal } from '@waybill/core'
import type { BatchOptions } from '../options/read.ts'

/**
 * Collects records and hands them on in batches: when a batch is full, or `delay` milliseconds after the
 * first record. A full batch waits for the end of the current turn, so that the work is not done inside the
 * app's own call; a burst that fills many batches in one turn is handed on at once, batch by batch: nothing
 * is dropped here.
 */
export class BatchQueue<T> {
  readonly #options: BatchOptions
  readonly #handOn: (records: T[]) => void
  readonly #ready: (() => Promise<void> | undefined) | undefined
  #records: T[] = []
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined

  /** @param ready a promise to wait for before records are handed on, where there is something to wait for */
  constructor(
    options: BatchOptions,
    handOn: (records: T[]) => void,
    ready?: () => Promise<void> | undefined,
  ) {
    this.#options = options
    this.#handOn = handOn
    this.#ready = ready
  }

  add(record: T): void {
    const waiting = this.#records.push(record)
    const { batchSize, delay } = this.#options
    if (waiting >= batchSize * 4) this.flush()
    else if (waiting >= batchSize) this.#soon ??= setImmediate(this.#due).unref()
    else this.#timer ??= setTimeout(this.#due, delay).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#soon)
    this.#timer = this.#soon = undefined
    const records = this.#records
    if (records.length === 0) return
    this.#records = []
    for (let i = 0; i < records.length; i += this.#options.batchSize) {
      try {
        this.#handOn(records.slice(i, i + this.#options.batchSize))
      } catch (error) {
        reportInternal('encoding telemetry', error)
      }
    }
  }

  readonly #due = (): void => {
    const wait = this.#ready?.()
    if (wait) void wait.then(() => this.flush())
    else this.flush()
  }
}
