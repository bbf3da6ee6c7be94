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
import { BatchProcessor } from './export/batch-processor.ts'
import type { Encoder } from './export/encode/encoder.ts'
import { encodeLogRecord } from './export/encode/log.ts'
import { ProtobufEncoder } from './export/encode/protobuf.ts'
import type * as Serializers from './export/encode/serializers.ts'
import type { Sender, Way } from './export/sender.ts'
import { load } from './lazy.ts'
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
  const processors: LogRecordProcessor[] = []
  const own = options.endpoints.logs && new ExportLogProcessor(options, sender, resource)
  if (own) {
    queues.logs = own.queue
    processors.push(own)
  }
  if (options.exporters.logs.includes('console')) {
    processors.push(new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() }))
  }
  if (processors.length === 0) return undefined
  if (options.redaction) processors.unshift(new RedactionLogProcessor(options.redaction))
  const provider = new LoggerProvider({
    resource,
    processors,
    logRecordLimits: defined(options.logRecordLimits),
  })
  logs.setGlobalLoggerProvider(provider)
  return {
    handOver: () => own?.handOver(),
    end: () => own?.end(),
    shutdown: () => provider.shutdown(),
  }
}

/** Encodes log records and hands them to the export worker. */
export class ExportLogProcessor extends BatchProcessor<ReadableLogRecord> implements LogRecordProcessor {
  constructor(options: Options, sender: Sender, resource: Resource) {
    const endpoint = options.endpoints.logs!
    super('logs', sender, endpoint, options.logRecords, logEncoder(endpoint, resource), resource)
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
