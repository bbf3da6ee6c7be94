import { reportInternal } from '@waybill/core'

const SIGNALS: readonly (string | symbol)[] = ['SIGTERM', 'SIGINT', 'SIGHUP']

/**
 * Deliver on every end of the process: its natural end, `process.exit()`, an uncaught exception, an
 * unhandled rejection (all come through the `exit` event) and the signals that end it by default.
 *
 * @param deliver hands everything over and blocks until it is delivered or the deadline has passed
 */
export function onExit(deliver: () => void): void {
  const safely = (): void => {
    try {
      deliver()
    } catch (error) {
      reportInternal('delivering at exit', error)
    }
  }
  process.on('exit', safely)
  watchSignals(safely)
}

/**
 * An app that handles a signal decides itself when it ends, and must not find a listener that it does not
 * know: `signal-exit` and its like end the process only where theirs is the last. So ours is there only while
 * there is no other.
 */
function watchSignals(deliver: () => void): void {
  const handler = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return
    process.removeListener('removeListener', removed)
    deliver()
    process.removeListener(signal, handler)
    process.kill(process.pid, signal)
  }
  const added = (name: string | symbol, listener: unknown): void => {
    // Not now: the new one is not in the list yet, and Node stops listening when the list is empty.
    if (SIGNALS.includes(name) && listener !== handler) process.nextTick(stepAside, name)
  }
  const stepAside = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) process.removeListener(signal, handler)
  }
  const removed = (name: string | symbol): void => {
    if (SIGNALS.includes(name) && process.listenerCount(name) === 0)
      process.on(name as NodeJS.Signals, handler)
  }
  for (const signal of SIGNALS) {
    process.on(signal as NodeJS.Signals, handler)
    stepAside(signal as NodeJS.Signals)
  }
  process.on('newListener', added)
  process.on('removeListener', removed)
}
