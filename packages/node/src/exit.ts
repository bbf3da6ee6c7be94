import { reportInternal } from '@waybill/core'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

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
  for (const signal of SIGNALS) {
    const handler = (): void => {
      // An app with a handler of its own decides itself when it ends.
      if (process.listenerCount(signal) > 1) return
      safely()
      process.removeListener(signal, handler)
      process.kill(process.pid, signal)
    }
    process.on(signal, handler)
  }
}
