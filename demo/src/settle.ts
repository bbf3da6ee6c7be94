import type { Viewer } from '@waybill/viewer'
import { indexOf, type Index } from './telemetry.ts'
import { until } from './until.ts'

export interface Settled {
  index: Index
  problems: string[]
}

/**
 * Wait until `check` finds nothing wrong with what has arrived. Given up when no span and no log record has arrived
 * for a while: what is missing then will not come.
 */
export async function settle(
  viewer: Viewer,
  check: (index: Index) => string[],
  { quietMs = 5000, timeoutMs = 30_000 }: { quietMs?: number; timeoutMs?: number } = {},
): Promise<Settled> {
  let arrived = true
  let lastArrival = performance.now()
  const unsubscribe = viewer.subscribe((signal) => {
    if (signal === 'metrics') return
    arrived = true
    lastArrival = performance.now()
  })
  const deadline = performance.now() + timeoutMs
  let settled: Settled | undefined
  try {
    return await until(
      () => 'telemetry does not settle',
      () => {
        const late = performance.now() > deadline || performance.now() - lastArrival > quietMs
        // Looked at again only when there is something new: a check reads everything.
        if (arrived || !settled) {
          arrived = false
          const index = indexOf({ spans: viewer.spans(), logs: viewer.logs() })
          settled = { index, problems: check(index) }
        }
        return settled.problems.length === 0 || late ? settled : undefined
      },
      timeoutMs * 2,
    )
  } finally {
    unsubscribe()
  }
}
