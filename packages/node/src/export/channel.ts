import { extname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { report } from '@waybill/core/report'
import type { Endpoint } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'
import { PENDING, SLOTS, type Batch, type Message, type WorkerStart } from './protocol.ts'

/**
 * The app's end of the way to the export worker. The worker starts with the first telemetry, never runs
 * the preload and never keeps the process alive.
 */
export class Channel {
  readonly #file: string
  readonly #endpoints: Partial<Record<Signal, Endpoint>>
  #state = new Int32Array(new SharedArrayBuffer(SLOTS * 4))
  #worker: Worker | undefined
  #idle = new Set<() => void>()

  /** @param file the thread's entry */
  constructor(file: string, endpoints: Partial<Record<Signal, Endpoint>>) {
    this.#file = file
    this.#endpoints = endpoints
  }

  /** Start the worker now, so that it is there when the first batch is. */
  open(): void {
    this.#worker ??= this.#start()
  }

  send(batch: Batch): void {
    this.open()
    Atomics.add(this.#state, PENDING, 1)
    this.#post({ batch }, [batch.bytes.buffer])
  }

  /** True when the worker has settled all it was given; false when `timeout` milliseconds passed first. */
  async flush(timeout: number): Promise<boolean> {
    if (this.#settled()) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, timeout, false)
    const done = (): void => resolve(true)
    this.#idle.add(done)
    this.#worker?.ref()
    const result = await promise
    clearTimeout(timer)
    this.#idle.delete(done)
    this.#worker?.unref()
    return result
  }

  /**
   * The same for a process that is ending: blocks this thread, and lets the worker try each batch just once
   * more. Works in the `exit` event, also when the worker was only just started.
   */
  flushSync(timeout: number): boolean {
    if (this.#settled()) return true
    this.#post('hurry')
    const deadline = performance.now() + timeout
    for (;;) {
      const pending = Atomics.load(this.#state, PENDING)
      if (pending <= 0) return true
      const left = deadline - performance.now()
      if (left > 0 && Atomics.wait(this.#state, PENDING, pending, left) !== 'timed-out') continue
      const message = `${pending} batches were still on their way after ${timeout} ms (WAYBILL_EXIT_TIMEOUT).`
      report('WAYBILL_TELEMETRY_LOST', `the process ends: ${message}`)
      return false
    }
  }

  async close(timeout: number): Promise<void> {
    await this.flush(timeout)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #settled(): boolean {
    return Atomics.load(this.#state, PENDING) <= 0
  }

  #post(message: Message, transfer: ArrayBuffer[] = []): void {
    // A port takes messages also before its thread runs.
    this.#worker?.postMessage(message, transfer)
  }

  #start(): Worker {
    const workerData: WorkerStart = {
      waybillExport: { endpoints: this.#endpoints, state: this.#state.buffer as SharedArrayBuffer },
    }
    // Not imported: reading it costs 3 ms, and a process may end without telemetry.
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    const worker = new Worker(this.#file, {
      name: 'waybill-export',
      workerData,
      // Nothing of the app's command line or NODE_OPTIONS: no preload, no inspector, no loader. From a checkout
      // the sources are found by their condition.
      execArgv: extname(this.#file) === '.ts' ? ['--conditions=@waybill/source'] : [],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    worker.on('message', () => {
      if (!this.#settled()) return
      for (const done of this.#idle) done()
    })
    worker.on('error', (error) => this.#crashed(worker, error.message))
    worker.on('exit', (code) => this.#crashed(worker, `it ended with code ${code}`))
    worker.unref()
    return worker
  }

  /** The worker is gone: what it held is lost and said. The next batch starts another. */
  #crashed(worker: Worker, cause: string): void {
    if (this.#worker !== worker) return
    const batches = Atomics.load(this.#state, PENDING)
    this.#worker = undefined
    this.#state = new Int32Array(new SharedArrayBuffer(SLOTS * 4))
    for (const done of this.#idle) done()
    report(
      'WAYBILL_TELEMETRY_LOST',
      `the export worker stopped (${cause}); ${batches} batches were lost with it.`,
    )
  }
}
