import type { SpanContext } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { Bytes } from './bytes.ts'
import { writeAny, writeAttributes } from './value.ts'

/** One log record as a field of ScopeLogs. https://github.com/open-telemetry/opentelemetry-proto: logs.proto */
export function encodeLogRecord(out: Bytes, record: ReadableLogRecord): void {
  const { severityNumber, severityText, body, droppedAttributesCount, spanContext, eventName } = record
  const start = out.begin(0x12, 2)
  out.timeField(0x09, record.hrTime)
  if (severityNumber) out.varintField(0x10, severityNumber)
  if (severityText) out.stringField(0x1a, severityText)
  if (body !== undefined) writeAny(out, 0x2a, body)
  writeAttributes(out, 0x32, record.attributes)
  if (droppedAttributesCount > 0) out.varintField(0x38, droppedAttributesCount)
  if (spanContext) writeContext(out, spanContext)
  out.timeField(0x59, record.hrTimeObserved)
  if (eventName) out.stringField(0x62, eventName)
  out.end(start, 2)
}

/** Flags and ids that were written last: a span often logs several lines in a row. */
const last = { traceFlags: -1, traceId: '', spanId: '', fields: new Bytes(64) }

function writeContext(out: Bytes, { traceFlags, traceId, spanId }: SpanContext): void {
  const { fields } = last
  if (spanId !== last.spanId || traceId !== last.traceId || traceFlags !== last.traceFlags) {
    last.traceFlags = -1
    fields.length = 0
    if (traceFlags) {
      fields.byte(0x45)
      fields.fixed32(traceFlags)
    }
    if (traceId) fields.hexField(0x4a, traceId)
    if (spanId) fields.hexField(0x52, spanId)
    last.traceFlags = traceFlags
    last.traceId = traceId
    last.spanId = spanId
  }
  out.raw(fields.buffer, fields.length)
}
