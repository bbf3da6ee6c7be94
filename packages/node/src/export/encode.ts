import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Protocol } from '../options/endpoint.ts'
import type { Batch } from './protocol.ts'

// Telemetry → one OTLP export request, as bytes that the sender may transfer.

export function encodeSpans(spans: readonly ReadableSpan[], protocol: Protocol): Batch {
  const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer
  return { signal: 'traces', bytes: own(serializer.serializeRequest([...spans])), items: spans.length }
}

export function encodeLogs(records: readonly ReadableLogRecord[], protocol: Protocol): Batch {
  const serializer = protocol === 'http/json' ? JsonLogsSerializer : ProtobufLogsSerializer
  return { signal: 'logs', bytes: own(serializer.serializeRequest([...records])), items: records.length }
}

export function encodeMetrics(metrics: ResourceMetrics, protocol: Protocol): Batch {
  const serializer = protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer
  return { signal: 'metrics', bytes: own(serializer.serializeRequest(metrics)), items: countPoints(metrics) }
}

export function countPoints({ scopeMetrics }: ResourceMetrics): number {
  let points = 0
  for (const scope of scopeMetrics) for (const metric of scope.metrics) points += metric.dataPoints.length
  return points
}

/** Bytes whose buffer is theirs alone: a view into a shared pool cannot be transferred. */
function own(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (!bytes) throw new Error('the serializer returned nothing')
  const alone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return alone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
