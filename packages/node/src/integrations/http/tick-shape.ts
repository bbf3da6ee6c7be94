import { executionAsyncResource } from 'node:async_hooks'

/** Reachable as long as this module is. */
const kept: object[] = []

/**
 * Keeps one of the objects that Node makes for each `process.nextTick`. When the garbage collector meets none, V8
 * forgets their hidden class, and `nextTick` never again finds its way back: each takes seven times as long (0.06
 * and 0.45 µs in Node 24), and a request has some thirty. It can happen to any process; with what is recorded of
 * requests the collection comes sooner.
 */
export function keepTickShape(): void {
  if (kept.length > 0) return
  process.nextTick(() => {
    const tick = executionAsyncResource() as Record<symbol, unknown>
    // The context it was made in is the app's, and may end.
    for (const key of Object.getOwnPropertySymbols(tick)) {
      if (typeof tick[key] === 'object') tick[key] = undefined
    }
    kept.push(tick)
  })
}
