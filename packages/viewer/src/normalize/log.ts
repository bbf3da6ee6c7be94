import type { LogRecord } from '../rows.ts'
import { attributesOf, fieldsOf, idOf, integerOf, textOf, timeOf, valueOf } from './values.ts'

/** An OTLP/JSON log record as ours. Throws BadRecord. */
export function logOf(raw: unknown): LogRecord {
  const log = fieldsOf(raw, 'a log record')
  const severityText = textOf(log['severityText'], 'severityText')
  const traceId = idOf(log['traceId'], 32, 'traceId')
  const spanId = idOf(log['spanId'], 16, 'spanId')
  const eventName = textOf(log['eventName'], 'eventName')
  return {
    time:
      timeOf(log['timeUnixNano'], 'timeUnixNano') ||
      timeOf(log['observedTimeUnixNano'], 'observedTimeUnixNano'),
    severity: integerOf(log['severityNumber'], 'severityNumber'),
    ...(severityText !== '' && { severityText }),
    body: valueOf(log['body'], 'body'),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    attributes: attributesOf(log['attributes']),
    ...(eventName !== '' && { eventName }),
  }
}
