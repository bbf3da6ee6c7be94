import { logs, type Context } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  ConsoleLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
  type LogRecordProcessor,
  type ReadableLogRecord,
  type ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs'
import { currentOperationId, OPERATION_ID } from '@waybill/core'
import type { Channel } from './export/channel.ts'
import { encodeLogs } from './export/encode.ts'
import { BatchQueue } from './export/queue.ts'
import type { Options } from './options/read.ts'
import { settled } from './resource.ts'

/** The logger provider of `OTEL_LOGS_EXPORTER`, registered globally; undefined where the signal is off. */
export function startLogs(options: Options, resource: Resource, channel: Channel): Flushable | undefined {
  const processors: LogRecordProcessor[] = []
  const endpoint = options.endpoints.logs
  if (endpoint) processors.push(new ExportLogProcessor(options, channel, resource))
  if (options.exporters.logs.includes('console')) {
    processors.push(new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() }))
  }
  if (processors.length === 0) return undefined
  logs.setGlobalLoggerProvider(new LoggerProvider({ resource, processors }))
  return processors.find((processor) => processor instanceof ExportLogProcessor)
}

export interface Flushable {
  /** Encode what is waiting and hand it to the worker, synchronously. */
  handOver(): void
}

class ExportLogProcessor implements LogRecordProcessor, Flushable {
  readonly #channel: Channel
  readonly #queue: BatchQueue<ReadableLogRecord>
  readonly #flushTimeout: number

  constructor(options: Options, channel: Channel, resource: Resource) {
    const { protocol, timeout } = options.endpoints.logs!
    this.#channel = channel
    this.#flushTimeout = timeout
    const handOn = (records: ReadableLogRecord[]): void => channel.send(encodeLogs(records, protocol))
    this.#queue = new BatchQueue(options.logRecords, handOn, settled(resource))
  }

  onEmit(record: ReadWriteLogRecord, ctx?: Context): void {
    const operation = currentOperationId(ctx)
    if (operation !== undefined) record.setAttribute(OPERATION_ID, operation)
    this.#channel.open()
    this.#queue.add(record)
  }

  handOver(): void {
    this.#queue.flush()
  }

  async forceFlush(): Promise<void> {
    this.handOver()
    await this.#channel.flush(this.#flushTimeout)
  }

  shutdown(): Promise<void> {
    return this.forceFlush()
  }
}
