import { report, say } from '@waybill/core/report'
import type { Endpoint } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'
import type { Batch } from './protocol.ts'

/** What one attempt came to. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly rejected?: number; readonly reason?: string }
  /** Worth another attempt, not before `after` milliseconds where the server said so. */
  | { readonly kind: 'retry'; readonly reason: string; readonly after?: number | undefined }
  | { readonly kind: 'refused'; readonly reason: string }

export interface Transport {
  send(bytes: Uint8Array): Promise<Outcome>
}

const MAX_IN_FLIGHT = 8
/** What one signal may hold in this thread while the collector is away. */
const MAX_BYTES = 32 * 1024 * 1024
const FIRST_BACKOFF = 250
const LONGEST_BACKOFF = 5000
/** The first loss is said at once, further ones together, not more often than this. */
const LOSS_INTERVAL = 60_000

/**
 * Delivers the batches of one signal: several at a time; while the collector is away one at a time, with
 * growing pauses. Holds a bounded number of bytes, drops the oldest beyond it, and says what was lost.
 */
export class Delivery {
  readonly #signal: Signal
  readonly #where: string
  readonly #transport: Transport
  readonly #settle: () => void
  readonly #queue: Batch[] = []
  #bytes = 0
  #inFlight = 0
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #hurried = false
  #lost = 0
  #reason = ''
  #lossTimer: NodeJS.Timeout | undefined

  constructor(signal: Signal, endpoint: Endpoint, transport: Transport, settle: () => void) {
    this.#signal = signal
    this.#where = `${new URL(endpoint.url).origin} (${endpoint.protocol})`
    this.#transport = transport
    this.#settle = settle
  }

  add(batch: Batch): void {
    this.#queue.push(batch)
    this.#bytes += batch.bytes.byteLength
    while (this.#bytes > MAX_BYTES && this.#queue.length > 1) {
      this.#lose(this.#take(), `more than ${MAX_BYTES} bytes were waiting`)
    }
    this.#pump()
  }

  /** The process is ending: no more pauses, one last attempt for each batch. */
  hurry(): void {
    this.#hurried = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pump()
  }

  #pump(): void {
    if (this.#timer !== undefined) return
    // While nothing gets through one batch feels the way for all.
    const most = this.#failures > 0 && !this.#hurried ? 1 : MAX_IN_FLIGHT
    while (this.#queue.length > 0 && this.#inFlight < most) void this.#attempt(this.#take())
  }

  #take(): Batch {
    const batch = this.#queue.shift()!
    this.#bytes -= batch.bytes.byteLength
    return batch
  }

  async #attempt(batch: Batch): Promise<void> {
    this.#inFlight++
    const last = this.#hurried
    const outcome = await this.#transport.send(batch.bytes)
    this.#inFlight--
    if (outcome.kind === 'delivered') this.#delivered(outcome)
    else if (outcome.kind === 'refused') this.#lose(batch, outcome.reason)
    else if (last) this.#lose(batch, outcome.reason)
    else this.#again(batch, outcome)
    this.#pump()
  }

  #delivered({ rejected = 0, reason = '' }: Outcome & { kind: 'delivered' }): void {
    if (this.#failures > 0)
      report('WAYBILL_EXPORT_RECOVERED', `${this.#where} takes ${this.#signal} again.`, this.#where)
    this.#failures = 0
    if (rejected > 0) this.#count(rejected, `the collector rejected them: ${reason}`)
    this.#finish()
  }

  #again(batch: Batch, { reason, after }: Outcome & { kind: 'retry' }): void {
    report(
      'WAYBILL_EXPORT_FAILED',
      `${this.#where} takes no telemetry: ${reason}. It is kept and tried again.`,
      this.#where,
    )
    this.#queue.unshift(batch)
    this.#bytes += batch.bytes.byteLength
    if (this.#hurried || this.#timer !== undefined) return
    const backoff = Math.min(FIRST_BACKOFF * 2 ** this.#failures++, LONGEST_BACKOFF)
    // Jitter: many processes lose the same collector at the same moment.
    const pause = Math.max(after ?? 0, backoff * (0.5 + Math.random() / 2))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#pump()
    }, pause)
  }

  #lose(batch: Batch, reason: string): void {
    this.#count(batch.items, reason)
    this.#finish()
  }

  /** One batch is done with. When the process ends, the last one says what was lost before the process goes. */
  #finish(): void {
    if (this.#hurried && this.#queue.length === 0 && this.#inFlight === 0) this.#sayLoss()
    this.#settle()
  }

  #count(items: number, reason: string): void {
    this.#lost += items
    this.#reason = reason
    if (this.#hurried || this.#lossTimer !== undefined) return
    this.#sayLoss()
    this.#lossTimer = setTimeout(() => {
      this.#lossTimer = undefined
      this.#sayLoss()
    }, LOSS_INTERVAL)
  }

  #sayLoss(): void {
    if (this.#lost === 0) return
    const what = { traces: 'spans', logs: 'log records', metrics: 'metric points' }[this.#signal]
    say(`WAYBILL_TELEMETRY_LOST: ${this.#lost} ${what} for ${this.#where} are lost: ${this.#reason}.`)
    this.#lost = 0
  }
}
