/**
 * `service.instance.id` of this process: one for all its threads, made by the first that needs it. It lies in
 * shared memory, as making one costs 5 ms, which a process without telemetry does not pay.
 */

const LENGTH = 36
const FREE = 0
const WRITING = 1
const WRITTEN = 2
const INSTANCE = Symbol.for('waybill.instance')
const shared = globalThis as { [INSTANCE]?: SharedArrayBuffer }

export function instanceBuffer(): SharedArrayBuffer {
  return (shared[INSTANCE] ??= new SharedArrayBuffer(4 + LENGTH))
}

/** In a thread: the process has one already. */
export function useInstance(buffer: SharedArrayBuffer): void {
  shared[INSTANCE] = buffer
}

/** A UUID. */
export function instanceId(): string {
  const buffer = instanceBuffer()
  const state = new Int32Array(buffer, 0, 1)
  const text = new Uint8Array(buffer, 4)
  if (Atomics.compareExchange(state, 0, FREE, WRITING) === FREE) {
    text.set(Buffer.from(process.getBuiltinModule('node:crypto').randomUUID(), 'latin1'))
    Atomics.store(state, 0, WRITTEN)
    Atomics.notify(state, 0)
  } else {
    Atomics.wait(state, 0, WRITING, 1000)
  }
  return Buffer.from(text).toString('latin1')
}
