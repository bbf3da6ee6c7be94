// Read where an exporter is `console`, and upstream's SDKs with it.
import {
  ConsoleLogRecordExporter,
  SimpleLogRecordProcessor,
  type LogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import { ConsoleSpanExporter, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace'

export function consoleSpans(): SpanProcessor {
  return new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })
}

export function consoleLogRecords(): LogRecordProcessor {
  return new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() })
}
