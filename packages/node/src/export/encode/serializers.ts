// OTLP by upstream's serializers: metrics, and everything where JSON is asked for. Read when first used.
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Protocol } from '../../options/endpoint.ts'
import type { Encoder, Request } from './encoder.ts'
import { fit, JsonEncoder } from './json.ts'
import { countPoints, halveMetrics } from './points.ts'

export function jsonSpans(): Encoder<ReadableSpan> {
  return new JsonEncoder((spans) => JsonTraceSerializer.serializeRequest(spans))
}

export function jsonLogRecords(): Encoder<ReadableLogRecord> {
  return new JsonEncoder((records) => JsonLogsSerializer.serializeRequest(records))
}

/** One collection as export requests. */
export function encodeMetrics(metrics: ResourceMetrics, protocol: Protocol): Request[] {
  const serializer = protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer
  return fit(metrics, (part) => serializer.serializeRequest(part), countPoints, halveMetrics)
}
