import type { DiagLogger } from '@opentelemetry/api'
import { say } from '@waybill/core'

/** OpenTelemetry's own messages, one line each on stderr. */
export const debugLogger: DiagLogger = {
  error: line('error'),
  warn: line('warn'),
  info: line('info'),
  debug: line('debug'),
  verbose: line('verbose'),
}

function line(level: string): (message: string, ...rest: unknown[]) => void {
  return (message, ...rest) => {
    const parts = rest.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    say(`${level}: ${[message, ...parts].join(' ')}`)
  }
}
