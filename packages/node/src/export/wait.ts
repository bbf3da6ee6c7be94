import { PENDING, REPLAYING } from './protocol.ts'

/** Blocks this thread until the worker has settled all it was given; false when `ms` milliseconds passed first. */
export function waitUntilSettled(state: Int32Array, ms: number): boolean {
  const deadline = performance.now() + ms
  for (;;) {
    const slot = Atomics.load(state, PENDING) > 0 ? PENDING : REPLAYING
    const count = Atomics.load(state, slot)
    if (count <= 0) {
      if (slot === REPLAYING) return true
      continue
    }
    const left = deadline - performance.now()
    if (left <= 0 || Atomics.wait(state, slot, count, left) === 'timed-out') return false
  }
}
