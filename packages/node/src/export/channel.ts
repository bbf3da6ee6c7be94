import type { Worker } from 'node:worker_threads'
import { report } from '@waybill/core/report'
import { load } from '../lazy.ts'
import type { Signal } from '../options/read.ts'
import type { SpoolOptions } from '../options/spool.ts'
import { Backlog } from './backlog.ts'
import { Account } from './account.ts'
import type { Counters, LossReason } from './counters.ts'
import type * as LastResort from './last-resort.ts'
import {
  monotonic,
  PENDING,
  READ,
  REPLAYING,
  SLOTS,
  type Batch,
  type Endpoints,
  type ExportDuration,
  type Message,
  type Notice,
  type WorkerStart,
} from './protocol.ts'
import type { Sender } from './sender.ts'
import { startWorker } from './start-worker.ts'
import { waitUntilSettled } from './wait.ts'

/** From the first telemetry to the worker's start, in milliseconds: not while the app answers its first request. */
const START_AFTER = 1000
/** A worker that stopped is started again after so many milliseconds, and twice as many each time. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 60_000
/** The worker has too much before it: look again. */
const LOOK_AGAIN = 50
/** What comes after the end's deadline is waited for so long: it only has to be written to disk. */
const LATE = 150

/**
 * The app's end of the way to the export worker. The worker starts a little after the first telemetry, or at
 * the end, never runs the preload and never keeps the process alive.
 */
export class Channel implements Sender {
  readonly #file: string
  readonly #endpoints: Endpoints
  readonly #spool: SpoolOptions | undefined
  readonly #account: Account
  /** Hears how long exports took. */
  onDurations: ((durations: readonly ExportDuration[]) => void) | undefined
  readonly #backlog = new Backlog()
  #state = new Int32Array(new SharedArrayBuffer(SLOTS * 4))
  #worker: Worker | undefined
  #online = false
  #crashes = 0
  #notBefore = 0
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined
  #idle = new Set<() => void>()
  /** When an ending process goes, on the clock of `performance.now()`. */
  #endsAt: number | undefined
  #keep: ((batch: Batch) => boolean) | undefined
  #closed = false

  /** @param file the thread's entry */
  constructor(file: string, endpoints: Endpoints, spool?: SpoolOptions) {
    this.#file = file
    this.#endpoints = endpoints
    this.#spool = spool
    this.#account = new Account(endpoints)
  }

  /** What both threads count; read by the metrics about Waybill itself. */
  get counters(): Counters {
    return this.#account.counters
  }

  /** Items handed over here. */
  get sent(): Readonly<Record<Signal, number>> {
    return this.#account.sent
  }

  prepare(): void {
    if (this.#worker ?? this.#timer) return
    this.#timer = setTimeout(this.#open, START_AFTER).unref()
  }

  send(batch: Batch): void {
    if (this.#closed || !this.#endpoints[batch.to ?? batch.signal]) return
    this.#account.sent[batch.to ?? batch.signal] += batch.items
    Atomics.add(this.#state, PENDING, 1)
    for (const dropped of this.#backlog.hold(batch)) {
      this.#drop(dropped, 'overflow')
      Atomics.sub(this.#state, PENDING, 1)
    }
    if (this.#endsAt !== undefined) this.#settle(Math.max(this.#endsAt - performance.now(), LATE))
    else if (this.#worker) this.#post()
    // The app may be in the middle of its first request.
    else this.#soon ??= setImmediate(this.#open).unref()
  }

  async flush(timeout: number): Promise<boolean> {
    if (this.#settled()) return true
    this.#open()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, timeout, false)
    const done = (): void => resolve(true)
    this.#idle.add(done)
    this.#worker?.ref()
    const result = await promise
    clearTimeout(timer)
    this.#idle.delete(done)
    if (this.#idle.size === 0) this.#worker?.unref()
    return result
  }

  /** Works in the `exit` event, also when the worker was only just started, or is started now. */
  end(timeout: number): boolean {
    this.#endsAt ??= performance.now() + timeout
    return this.#settle(this.#endsAt - performance.now())
  }

  async close(timeout: number): Promise<void> {
    // What is not delivered goes to disk, as at the end of the process.
    if (!(await this.flush(timeout))) this.end(LATE)
    this.#closed = true
    clearTimeout(this.#timer)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  lost(signal: Signal, items: number, reason: LossReason): void {
    this.#account.lost(signal, items, reason)
  }

  #drop({ signal, to, items }: Batch, reason: LossReason): void {
    this.#account.lost(to ?? signal, items, reason)
  }

  #settled(): boolean {
    return Atomics.load(this.#state, PENDING) <= 0
  }

  /** Post what waits. The bytes are transferred to a worker that is known to live; another gets a copy of them. */
  #post(): void {
    for (;;) {
      const batch = this.#backlog.next(Atomics.load(this.#state, READ))
      if (!batch) break
      const size = batch.bytes.byteLength
      const copied = !this.#online || this.#endsAt !== undefined
      this.#tell({ batch }, copied ? [] : [batch.bytes.buffer])
      this.#backlog.posted(batch, size, copied)
    }
    if (this.#backlog.held > 0 && this.#endsAt === undefined) {
      this.#timer ??= setTimeout(this.#open, LOOK_AGAIN).unref()
    }
  }

  #tell(message: Message, transfer: ArrayBuffer[] = []): void {
    // A port takes messages also before its thread runs.
    this.#worker?.postMessage(message, transfer)
  }

  /** Blocks until all is settled, at the most `ms` milliseconds, and says what was not. */
  #settle(ms: number): boolean {
    const settled = (this.#settled() && Atomics.load(this.#state, REPLAYING) <= 0) || this.#wait(ms)
    this.#account.sayRest()
    return settled
  }

  #wait(ms: number): boolean {
    if (!this.#worker && this.#crashes === 0) this.#open()
    if (this.#worker) {
      this.#post()
      this.#tell({ hurry: ms, at: monotonic() })
      if (waitUntilSettled(this.#state, ms)) return true
    }
    return this.#rescue()
  }

  /** The worker does not answer, or there is none: what can still be had here goes to disk from this thread. */
  #rescue(): boolean {
    this.#backlog.reclaim(Atomics.load(this.#state, READ))
    this.#worker = undefined
    this.#crashes++
    for (let batch = this.#backlog.next(0); batch; batch = this.#backlog.next(0)) {
      this.#keep ??= this.#openLastResort()
      if (!this.#keep(batch)) this.#drop(batch, 'exit')
      Atomics.sub(this.#state, PENDING, 1)
    }
    if (this.#settled()) return true
    this.#account.loseUnsettled(() => 0, 'exit', true)
    return false
  }

  #openLastResort(): (batch: Batch) => boolean {
    const { openLastResort } = load('export/last-resort') as typeof LastResort
    return openLastResort(this.#endpoints, this.#spool, this.#account)
  }

  readonly #open = (): void => {
    clearTimeout(this.#timer)
    clearImmediate(this.#soon)
    this.#timer = this.#soon = undefined
    if (this.#closed) return
    const pause = this.#notBefore - performance.now()
    if (!this.#worker && pause > 0 && this.#endsAt === undefined) {
      this.#timer = setTimeout(this.#open, pause).unref()
      return
    }
    this.#worker ??= this.#start()
    this.#post()
  }

  #start(): Worker {
    const workerData: WorkerStart = {
      waybillExport: {
        endpoints: this.#endpoints,
        state: this.#state.buffer as SharedArrayBuffer,
        counters: this.#account.counters.buffer,
        apart: this.#account.apart.buffer,
        spool: this.#spool,
      },
    }
    const worker = startWorker(this.#file, workerData)
    worker.on('online', () => (this.#online = true))
    worker.on('message', (notice: Notice) => {
      if (notice !== 'idle') this.onDurations?.(notice.durations)
      else if (this.#settled()) for (const done of this.#idle) done()
    })
    worker.on('error', (error) => this.#crashed(worker, error.message))
    worker.on('exit', (code) => this.#crashed(worker, `it ended with code ${code}`))
    // Behind the listeners: one for messages keeps the process alive.
    worker.unref()
    return worker
  }

  /** The worker is gone. What it had read is lost, counted and said; another one takes over the rest. */
  #crashed(worker: Worker, cause: string): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#online = false
    this.#notBefore = performance.now() + Math.min(FIRST_PAUSE * 2 ** this.#crashes++, LONGEST_PAUSE)
    this.#backlog.reclaim(Atomics.load(this.#state, READ))
    this.#state = new Int32Array(new SharedArrayBuffer(SLOTS * 4))
    Atomics.store(this.#state, PENDING, this.#backlog.held)
    const gone = this.#account.loseUnsettled((to) => this.#backlog.itemsOf(to), 'stopped', false)
    const lost = gone.length > 0 ? `Lost with it: ${gone.join(', ')}.` : 'Nothing was lost with it.'
    report(
      'WAYBILL_TELEMETRY_LOST',
      `the export worker stopped (${cause}). ${lost}`,
      `stopped ${this.#crashes}`,
    )
    if (this.#backlog.held > 0) this.prepare()
    else for (const done of this.#idle) done()
  }
}
