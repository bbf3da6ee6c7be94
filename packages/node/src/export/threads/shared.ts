import type { Signal } from '../../options/read.ts'
import type { LossReason } from '../counters.ts'
import type { Batch } from '../protocol.ts'

// What the main thread and the app's other threads share:
//
//   a thread of the app                                        main thread               export worker
//   encode ─ batch ─► BroadcastChannel TO_MAIN ──────────────► channel ────────────────► deliver
//            ◄─ `end`, `flushed` ─ BroadcastChannel TO_THREADS ◄┘
//
// A thread never waits for another one, except that the main thread, when the process ends, waits a moment for
// those that have something to hand over.

/** Key of the environment data, which every Worker inherits, whatever its `env` and `execArgv` are. */
export const SHARED = 'waybill.export'
export const TO_MAIN = 'waybill.to-main'
export const TO_THREADS = 'waybill.to-threads'

export interface Shared {
  /** The settings of the process, which its threads share, whatever their own environment says. */
  readonly env: Readonly<Record<string, string>>
  /** Int32: see below. */
  readonly state: SharedArrayBuffer
  /** `service.instance.id` of the process, see instance.ts. */
  readonly instance: SharedArrayBuffer
}

/** Bytes on their way to the main thread that it has not taken. */
export const UNREAD = 0
/** Changes whenever a thread has handed over what it had. */
export const TURNS = 1
/** Slots that hold the ids of threads with something to hand over: a thread's is at its id modulo their number. */
export const DIRTY = 2
export const DIRTY_SLOTS = 64
export const STATE_BYTES: number = (DIRTY + DIRTY_SLOTS) * 4

export type ToMain =
  | { readonly batch: Batch }
  | { readonly lost: { readonly signal: Signal; readonly items: number; readonly reason: LossReason } }
  | { readonly flush: string; readonly timeout: number }

export type ToThreads = 'end' | { readonly flushed: string; readonly settled: boolean }

export function isSetting(name: string): boolean {
  return name.startsWith('OTEL_') || name.startsWith('WAYBILL_')
}
