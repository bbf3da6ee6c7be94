import type { Context, Logger } from '@opentelemetry/api'
import { reportInternal } from '@waybill/core'
import type { PinoInternals, PinoSymbols } from './internals.ts'
import { logRecord, severityNumber } from './semconv.ts'

/** A line that pino has just made, before our fields are in it. */
export interface HeardLine {
  readonly logger: PinoInternals
  readonly symbols: PinoSymbols
  readonly line: string
  readonly level: number
  readonly ctx: Context
}

export type SendLine = (heard: HeardLine) => void

/** Make each line a log record of the logger that `getLogger` gives. */
export function lineSender(getLogger: () => Logger): SendLine {
  let sending = false
  return (heard) => {
    // A log processor that logs with pino itself would not end.
    if (sending) return
    sending = true
    try {
      send(getLogger(), heard)
    } catch (error) {
      reportInternal('pino log record', error)
    } finally {
      sending = false
    }
  }
}

function send(otel: Logger, { logger, symbols, line, level, ctx }: HeardLine): void {
  const label = logger.levels.labels[level]
  const severity = severityNumber(level, label)
  if (!otel.enabled({ context: ctx, severityNumber: severity })) return
  const { streamWrite } = (logger[HOOKS] ?? {}) as { streamWrite?: (line: string) => string }
  const record = logRecord(JSON.parse(streamWrite ? streamWrite(line) : line) as Record<string, unknown>, {
    messageKey: logger[symbols.messageKey] as string,
    errorKey: (symbols.errorKey && (logger[symbols.errorKey] as string | undefined)) ?? 'err',
    ctx,
  })
  record.severityNumber = severity
  if (label !== undefined) record.severityText = label
  record.context = ctx
  otel.emit(record)
}

const HOOKS = Symbol.for('pino.hooks')
