import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { reportInternal } from '@waybill/core'
import type { RedactionConfig } from '../config.ts'
import { redactionOf } from '../stages.ts'
import type { LogRecord, Redaction } from './redact.ts'
import { REDACTED } from './redacted.ts'

/** Redacts log records; to be the first of all processors. Of a record that cannot be redacted nothing is left to read. */
export class RedactionLogProcessor implements LogRecordProcessor {
  readonly #config: RedactionConfig
  #redaction: Redaction | undefined

  constructor(config: RedactionConfig) {
    this.#config = config
  }

  onEmit(record: ReadWriteLogRecord): void {
    try {
      this.#redaction ??= redactionOf(this.#config)
      this.#redaction.redactLog(record as LogRecord)
    } catch (error) {
      reportInternal('redaction of a log record', error)
      record.body = REDACTED
      for (const key of Object.keys(record.attributes)) record.attributes[key] = REDACTED
    }
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
