import { reportInternal } from '@waybill/core'
import type { BatchOptions } from '../options/read.ts'
import { MAX_REQUEST_BYTES, type Cut, type Encoder, type Request } from './encode/encoder.ts'

/** What waits for the resource's attributes may come to so many bytes, then it goes without them. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

export interface QueueOptions<T> {
  readonly encoder: Encoder<T>
  readonly batch: Pick<BatchOptions, 'delay' | 'batchSize'>
  /** Where the requests go. */
  readonly send: (request: Request) => void
  /** A promise to wait for before the first request, where there is something to wait for. */
  readonly ready?: () => Promise<void> | undefined
  /** So many records could not be encoded, and are lost. */
  readonly failed?: (items: number) => void
}

/**
 * Collects records and hands them on in batches: when a batch is full by number or bytes, or `delay`
 * milliseconds after its first record. Nothing is dropped here; what the app makes in one turn beyond a batch
 * leaves in that turn.
 */
export class BatchQueue<T> {
  readonly #options: QueueOptions<T>
  readonly #encoder: Encoder<T>
  readonly #cuts: Cut[] = []
  #cutItems = 0
  #cutBytes = 0
  #timer: NodeJS.Timeout | undefined
  #waiting = false
  #atOnce = false
  /** Records that ever came. */
  added = 0

  constructor(options: QueueOptions<T>) {
    this.#options = options
    this.#encoder = options.encoder
  }

  /** Records that wait here. */
  get items(): number {
    return this.#cutItems + this.#encoder.items
  }

  get bytes(): number {
    return this.#cutBytes + this.#encoder.bytes
  }

  add(record: T): void {
    this.added++
    const encoder = this.#encoder
    const before = encoder.bytes
    try {
      encoder.add(record)
      if (encoder.bytes - before > MAX_REQUEST_BYTES && encoder.items > 1) {
        // A giant that the collector may refuse takes no others with it.
        encoder.undo()
        this.#cut()
        encoder.add(record)
      }
    } catch (error) {
      reportInternal('encoding telemetry', error)
      this.#options.failed?.(1)
      return
    }
    if (
      encoder.items >= this.#options.batch.batchSize ||
      encoder.bytes >= MAX_REQUEST_BYTES ||
      this.#atOnce
    ) {
      this.#cut()
      this.#due()
    } else {
      this.#timer ??= setTimeout(this.#tick, this.#options.batch.delay).unref()
    }
  }

  /** Hand on what is waiting, ready or not. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#cut()
    for (const cut of this.#cuts.splice(0)) {
      try {
        for (const request of cut.requests()) this.#options.send(request)
      } catch (error) {
        reportInternal('encoding telemetry', error)
        this.#options.failed?.(cut.items)
      }
    }
    this.#cutItems = this.#cutBytes = 0
  }

  /** The process is ending: from now on there is no later, and each record is handed on when it is added. */
  end(): void {
    this.#atOnce = true
    this.flush()
  }

  readonly #tick = (): void => {
    this.#timer = undefined
    this.#due()
  }

  #cut(): void {
    if (this.#encoder.items === 0) return
    const cut = this.#encoder.cut()
    this.#cutItems += cut.items
    this.#cutBytes += cut.bytes
    this.#cuts.push(cut)
  }

  #due(): void {
    const wait = this.#atOnce || this.#cutBytes > MAX_WAITING_BYTES ? undefined : this.#options.ready?.()
    if (!wait) return this.flush()
    if (this.#waiting) return
    this.#waiting = true
    const done = (): void => {
      this.#waiting = false
      this.flush()
    }
    wait.then(done, done)
  }
}
