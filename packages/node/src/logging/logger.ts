import {
  context,
  type Context,
  type Logger as ApiLogger,
  type LogRecord as GivenLogRecord,
  type SeverityNumber,
} from '@opentelemetry/api'
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { guard, reportInternal } from '@waybill/core'
import { LogRecord, type LogRecordOwner } from './log-record.ts'

/** What all loggers of one provider share. */
export interface LoggerParts extends Omit<LogRecordOwner, 'scope'> {
  readonly processors: readonly LogRecordProcessor[]
  /** Every processor may decline a record: without one that takes all, they are to be asked. */
  readonly ask: boolean
  closed: boolean
}

interface Asked {
  readonly context?: Context
  readonly severityNumber?: SeverityNumber
  readonly eventName?: string
}

/** Hands what is logged to the processors, in their order. What they throw never reaches the app. */
export class Logger implements ApiLogger {
  readonly #parts: LoggerParts
  readonly #owner: LogRecordOwner

  constructor(parts: LoggerParts, scope: LogRecordOwner['scope']) {
    const { resource, limits } = parts
    this.#parts = parts
    this.#owner = { scope, resource, limits }
  }

  emit(given: GivenLogRecord): void {
    try {
      if (!this.enabled(given)) return
      const ctx = given.context ?? context.active()
      const { processors } = this.#parts
      const record = new LogRecord(this.#owner, given, ctx)
      for (let at = 0; at < processors.length; at++) processors[at]!.onEmit(record as ReadWriteLogRecord, ctx)
      record.sealed = true
    } catch (error) {
      reportInternal('log record', error)
    }
  }

  enabled(asked: Asked = {}): boolean {
    const { closed, ask, processors } = this.#parts
    if (closed) return false
    if (!ask) return true
    const { severityNumber, eventName } = asked
    const options = {
      context: asked.context ?? context.active(),
      instrumentationScope: this.#owner.scope,
      ...(severityNumber !== undefined && { severityNumber }),
      ...(eventName !== undefined && { eventName }),
    }
    return guard('log processor', () => processors.some((processor) => processor.enabled!(options)), true)
  }
}
