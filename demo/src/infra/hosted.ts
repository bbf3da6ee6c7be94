import type { HostMessage } from './host.ts'

export type Undo = (fn: () => void | Promise<void>) => void

/**
 * The child's half of `startHost`: run `start`, say that it is ready, stay. What `start` hands to `undo` is run in
 * reverse order when the starter asks, is gone, or a signal comes; then the process ends.
 */
export function hosted<T>(start: (undo: Undo) => Promise<T>): void {
  const undos: (() => void | Promise<void>)[] = []
  let leaving = false
  const leave = async (): Promise<void> => {
    if (leaving) return
    leaving = true
    for (let fn = undos.pop(); fn; fn = undos.pop()) await Promise.resolve(fn()).catch(() => {})
    process.exit()
  }
  process.once('disconnect', leave)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave)

  const tell = (message: HostMessage<T>): void => {
    if (process.connected) process.send?.(message)
  }
  start((fn) => undos.push(fn)).then(
    (ready) => tell({ ready }),
    (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }),
  )
}
