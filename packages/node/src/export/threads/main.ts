import type { MessagePort } from 'node:worker_threads'
import type { Env } from '@waybill/core/env'
import { instanceBuffer } from '../../instance.ts'
import {
  DIRTY,
  DIRTY_SLOTS,
  SHARED,
  STATE_BYTES,
  TO_MAIN,
  TO_THREADS,
  TURNS,
  UNREAD,
  isSetting,
  type Shared,
  type ToMain,
  type ToThreads,
} from './shared.ts'

/** An ending process waits so long for its threads to hand over what they have, in milliseconds. */
const GRACE = 300

/** The main thread's side, in the preload: there before the first Worker is. */
export interface SharedExport {
  /** Take, without waiting for the event loop, what the threads have handed over, and ask for the rest. */
  gather(): void
}

/**
 * Let the threads that the app starts from now on hand their telemetry to this one.
 *
 * @param env the settings of this process
 * @param receive takes what they send, and answers a flush with whether all was settled
 * @param ended the process ends, and all that was handed over is received
 */
export function shareExport(
  env: Env,
  receive: (message: ToMain) => Promise<boolean> | undefined,
  ended: () => void,
): SharedExport {
  const { BroadcastChannel, setEnvironmentData, receiveMessageOnPort } =
    process.getBuiltinModule('node:worker_threads')
  const state = new Int32Array(new SharedArrayBuffer(STATE_BYTES))
  const shared: Shared = { env: settingsOf(env), state: state.buffer, instance: instanceBuffer() }
  setEnvironmentData(SHARED, shared)

  const tell = (message: ToThreads): void => {
    const channel = new BroadcastChannel(TO_THREADS)
    channel.postMessage(message)
    channel.close()
  }
  const take = (message: ToMain): void => {
    if ('batch' in message) Atomics.sub(state, UNREAD, message.batch.bytes.byteLength)
    const settled = receive(message)
    if ('flush' in message) void settled?.then((all) => tell({ flushed: message.flush, settled: all }))
  }
  const channel = new BroadcastChannel(TO_MAIN)
  channel.onmessage = (event) => take((event as { data: ToMain }).data)
  channel.unref()

  // A thread that is terminated has nothing to hand over any more.
  process.on('worker', (worker) => {
    const { threadId } = worker
    worker.once('exit', () => void Atomics.compareExchange(state, slotOf(threadId), threadId, 0))
  })

  const isDirty = (): boolean => {
    for (let i = 0; i < DIRTY_SLOTS; i++) if (Atomics.load(state, DIRTY + i) !== 0) return true
    return false
  }
  const gather = (): void => {
    if (isDirty()) {
      tell('end')
      const deadline = performance.now() + GRACE
      while (isDirty()) {
        const turn = Atomics.load(state, TURNS)
        const left = deadline - performance.now()
        if (left <= 0 || (isDirty() && Atomics.wait(state, TURNS, turn, left) === 'timed-out')) break
      }
    }
    for (;;) {
      const next = receiveMessageOnPort(channel as unknown as MessagePort) as { message: ToMain } | undefined
      if (!next) break
      take(next.message)
    }
  }
  process.on('exit', () => {
    gather()
    ended()
  })
  return { gather }
}

function slotOf(threadId: number): number {
  return DIRTY + (threadId % DIRTY_SLOTS)
}

function settingsOf(env: Env): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const name in env) {
    const value = env[name]
    if (value !== undefined && isSetting(name)) settings[name] = value
  }
  return settings
}
