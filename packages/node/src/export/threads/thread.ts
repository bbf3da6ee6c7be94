import { BroadcastChannel, getEnvironmentData, threadId } from 'node:worker_threads'
import { useInstance } from '../../instance.ts'
import type { Signal } from '../../options/read.ts'
import type { LossReason } from '../counters.ts'
import type { Batch } from '../protocol.ts'
import type { Sender } from '../sender.ts'
import {
  DIRTY,
  DIRTY_SLOTS,
  SHARED,
  TO_MAIN,
  TO_THREADS,
  TURNS,
  UNREAD,
  type Shared,
  type ToMain,
  type ToThreads,
} from './shared.ts'

/** What all threads may have on its way to a main thread that is busy, in bytes. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024

/** The way to the main thread's exporter; undefined where the main thread has none. */
export function joinExport(): ThreadSender | undefined {
  const shared = getEnvironmentData(SHARED) as Shared | undefined
  if (!shared) return undefined
  useInstance(shared.instance)
  return new ThreadSender(shared)
}

/** In a thread of the app: hands everything to the main thread, and never waits for it but in `flush`. */
export class ThreadSender implements Sender {
  readonly threadId: number = threadId
  /** The settings of the process. */
  readonly env: Shared['env']
  readonly #state: Int32Array
  readonly #slot = DIRTY + (threadId % DIRTY_SLOTS)
  #fromMain: BroadcastChannel | undefined
  #flushes = new Map<string, (settled: boolean) => void>()
  /** Hand over what is waiting: the process ends. */
  onEnd: (() => void) | undefined

  constructor({ state, env }: Shared) {
    this.#state = new Int32Array(state)
    this.env = env
  }

  prepare(): void {
    Atomics.store(this.#state, this.#slot, threadId)
    if (this.#fromMain) return
    this.#fromMain = new BroadcastChannel(TO_THREADS)
    this.#fromMain.onmessage = (event) => this.#hear((event as { data: ToThreads }).data)
    this.#fromMain.unref()
  }

  send(batch: Batch): void {
    const size = batch.bytes.byteLength
    if (Atomics.load(this.#state, UNREAD) + size > MAX_UNREAD_BYTES) {
      this.lost(batch.signal, batch.items, 'overflow')
    } else {
      this.#tell({ batch })
      Atomics.add(this.#state, UNREAD, size)
    }
    this.#clean()
  }

  async flush(timeout: number): Promise<boolean> {
    this.prepare()
    this.#clean()
    const flush = `${threadId} ${this.#flushes.size} ${performance.now()}`
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, timeout, false)
    this.#flushes.set(flush, resolve)
    this.#fromMain?.ref()
    this.#tell({ flush, timeout })
    const settled = await promise
    clearTimeout(timer)
    this.#flushes.delete(flush)
    if (this.#flushes.size === 0) this.#fromMain?.unref()
    return settled
  }

  /** The main thread waits for what a thread has handed over. */
  end(): boolean {
    return true
  }

  async close(timeout: number): Promise<void> {
    await this.flush(timeout)
    this.#fromMain?.close()
  }

  lost(signal: Signal, items: number, reason: LossReason): void {
    this.#tell({ lost: { signal, items, reason } })
  }

  #hear(message: ToThreads): void {
    if (message === 'end') this.onEnd?.()
    else this.#flushes.get(message.flushed)?.(message.settled)
  }

  /** Not kept open: it would get what all other threads send. */
  #tell(message: ToMain): void {
    const toMain = new BroadcastChannel(TO_MAIN)
    toMain.postMessage(message)
    toMain.close()
  }

  /** Whoever waits for this thread may go on. */
  #clean(): void {
    Atomics.compareExchange(this.#state, this.#slot, threadId, 0)
    Atomics.add(this.#state, TURNS, 1)
    Atomics.notify(this.#state, TURNS)
  }
}
