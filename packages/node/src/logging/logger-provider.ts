import {
  createNoopLogger,
  diag,
  type Logger as ApiLogger,
  type LoggerOptions,
  type LoggerProvider as ApiLoggerProvider,
} from '@opentelemetry/api'
import { callWithTimeout, cleanSimpleAttributes } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { guard } from '@waybill/core'
import type { Scope } from '../export/encode/encoder.ts'
import type { LogRecordLimits } from './log-record.ts'
import { Logger, type LoggerParts } from './logger.ts'

export interface LoggerProviderOptions {
  readonly resource: Resource
  /** Called in this order. */
  readonly processors: readonly LogRecordProcessor[]
  /** The defaults of the specification for what is not given. */
  readonly logRecordLimits?: Partial<LogRecordLimits>
}

/** Milliseconds that a processor may take to flush. */
const FLUSH_TIMEOUT = 30_000

/** In the place of upstream's provider, with loggers and log records that cost less. */
export class LoggerProvider implements ApiLoggerProvider {
  readonly #parts: LoggerParts
  readonly #loggers = new Map<string, Logger>()
  #shutdown: Promise<void> | undefined

  constructor({ resource, processors, logRecordLimits: limits = {} }: LoggerProviderOptions) {
    this.#parts = {
      resource,
      processors,
      limits: {
        attributeCountLimit: limits.attributeCountLimit ?? 128,
        // 0 and below say nothing.
        attributeValueLengthLimit:
          limits.attributeValueLengthLimit! > 0 ? limits.attributeValueLengthLimit! : Infinity,
      },
      ask: processors.every((processor) => processor.enabled !== undefined),
      closed: false,
    }
  }

  /** The same logger for the same name, version, schema URL and attributes; after `shutdown`, one that does nothing. */
  getLogger(name: string, version?: string, options?: LoggerOptions): ApiLogger {
    if (this.#shutdown) {
      diag.warn('a logger was asked of a provider that is shut down: it logs nothing')
      return createNoopLogger()
    }
    if (!name) diag.warn('a logger was asked for without a name: it is called "unknown"')
    const { schemaUrl, attributes } = options ?? {}
    const scope = {
      name: name || 'unknown',
      ...(version !== undefined && { version }),
      ...(schemaUrl !== undefined && { schemaUrl }),
      ...guard('attributes of a logger', () => cleanSimpleAttributes(attributes, this.#parts.limits), {}),
    }
    const key = keyOf(scope)
    let logger = this.#loggers.get(key)
    if (!logger) this.#loggers.set(key, (logger = new Logger(this.#parts, scope)))
    return logger
  }

  /** @param options milliseconds for each processor @throws the first that fails or takes longer */
  async forceFlush({ timeoutMillis = FLUSH_TIMEOUT }: { timeoutMillis?: number } = {}): Promise<void> {
    if (this.#shutdown) {
      diag.warn('a provider of loggers that is shut down has nothing to flush')
      return this.#shutdown
    }
    const { processors } = this.#parts
    await Promise.all(processors.map((processor) => callWithTimeout(processor.forceFlush(), timeoutMillis)))
  }

  shutdown(): Promise<void> {
    if (this.#shutdown) diag.warn('a provider of loggers is shut down once only')
    return (this.#shutdown ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#parts.closed = true
    await Promise.all(this.#parts.processors.map((processor) => processor.shutdown()))
  }
}

/** Attributes in any order. JSON has one form for several numbers. */
function keyOf({ name, version, schemaUrl, attributes = {}, droppedAttributesCount }: Scope): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(
    [name, version ?? '', schemaUrl ?? '', sorted, droppedAttributesCount ?? 0],
    (_, value: unknown) =>
      typeof value === 'number' ? { number: Object.is(value, -0) ? '-0' : String(value) } : value,
  )
}
