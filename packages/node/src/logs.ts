import { logs, type Context } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import { currentOperationId, OPERATION_ID } from '@waybill/core'
import { BatchProcessor } from './export/batch-processor.ts'
import type { Encoder } from './export/encode/encoder.ts'
import { encodeLogRecord } from './export/encode/log.ts'
import { ProtobufEncoder } from './export/encode/protobuf.ts'
import type * as Serializers from './export/encode/serializers.ts'
import type { Flushable, Sender, Way } from './export/sender.ts'
import { load } from './lazy.ts'
import type * as ConsoleModule from './exporters/console.ts'
import { LoggerProvider } from './logging/logger-provider.ts'
import { defined } from './options/defined.ts'
import type { Endpoint } from './options/endpoint.ts'
import type { Options } from './options/read.ts'
import type { Queues } from './self.ts'
import { RedactionLogProcessor } from './tracing/redact/log-processor.ts'

/** The logger provider of `OTEL_LOGS_EXPORTER`, registered globally; undefined where the signal is off. */
export function startLogs(
  options: Options,
  resource: Resource,
  sender: Sender,
  queues: Queues,
): Way | undefined {
  const exporting = createLogExport(options, (endpoint) => {
    const own = new ExportLogProcessor(options, endpoint, sender, resource)
    queues.logs = own.queue
    return own
  })
  if (exporting.processors.length === 0) return undefined
  const provider = new LoggerProvider({
    resource,
    processors: exporting.processors,
    logRecordLimits: defined(options.logRecordLimits),
  })
  logs.setGlobalLoggerProvider(provider)
  return { ...exporting, shutdown: () => provider.shutdown() }
}

export interface LogExport extends Flushable {
  /** In their order; none where no exporter is named. */
  readonly processors: LogRecordProcessor[]
}

/**
 * The exporters of `OTEL_LOGS_EXPORTER` behind what every log record passes before.
 *
 * @param make the one that sends
 */
export function createLogExport(
  { endpoints, exporters, redaction }: Options,
  make: (endpoint: Endpoint) => Way & LogRecordProcessor,
): LogExport {
  const processors: LogRecordProcessor[] = []
  const own = endpoints.logs && make(endpoints.logs)
  if (own) processors.push(own)
  if (exporters.logs.includes('console')) {
    processors.push((load('exporters/console') as typeof ConsoleModule).consoleLogRecords())
  }
  if (processors.length > 0 && redaction) processors.unshift(new RedactionLogProcessor(redaction))
  return { processors, handOver: () => own?.handOver(), end: () => own?.end() }
}

/** Encodes log records and hands them to the export worker. */
export class ExportLogProcessor extends BatchProcessor<ReadableLogRecord> implements LogRecordProcessor {
  constructor({ logRecords }: Options, endpoint: Endpoint, sender: Sender, resource: Resource) {
    super('logs', sender, endpoint, logRecords, logEncoder(endpoint, resource), resource)
  }

  onEmit(record: ReadWriteLogRecord, ctx?: Context): void {
    const operation = currentOperationId(ctx)
    if (operation !== undefined) record.setAttribute(OPERATION_ID, operation)
    this.add(record)
  }
}

function logEncoder({ protocol }: Endpoint, resource: Resource): Encoder<ReadableLogRecord> {
  return protocol === 'http/json'
    ? (load('export/encode/serializers') as typeof Serializers).jsonLogRecords()
    : new ProtobufEncoder(resource, encodeLogRecord)
}
