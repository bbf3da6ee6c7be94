import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Bytes } from './bytes.ts'
import { writeAny, writeAttributes } from './value.ts'

/** One log record as a field of ScopeLogs. https://github.com/open-telemetry/opentelemetry-proto: logs.proto */
export function encodeLogRecord(out: Bytes, record: ReadableLogRecord): void {
  const { spanContext } = record
  const start = out.begin(0x12, 2)
  out.timeField(0x09, record.hrTime)
  if (record.severityNumber) out.varintField(0x10, record.severityNumber)
  if (record.severityText) out.stringField(0x1a, record.severityText)
  if (record.body !== undefined) writeAny(out, 0x2a, record.body)
  writeAttributes(out, 0x32, record.attributes)
  if (record.droppedAttributesCount > 0) out.varintField(0x38, record.droppedAttributesCount)
  if (spanContext?.traceFlags) {
    out.byte(0x45)
    out.fixed32(spanContext.traceFlags)
  }
  if (spanContext?.traceId) out.hexField(0x4a, spanContext.traceId)
  if (spanContext?.spanId) out.hexField(0x52, spanContext.spanId)
  out.timeField(0x59, record.hrTimeObserved)
  if (record.eventName) out.stringField(0x62, record.eventName)
  out.end(start, 2)
}
