import type { SpanContext } from '@opentelemetry/api'
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { emptyResource } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { decode } from '../../viewer/src/otlp/decode.ts'
import { logsRequest } from '../../viewer/src/otlp/fields.ts'
import { encodeLogRecord } from '../src/export/encode/log.ts'
import { ProtobufEncoder } from '../src/export/encode/protobuf.ts'

const resource = emptyResource()
const instrumentationScope = { name: 'l' }
const ids: SpanContext = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }

test('records of one span after another: each has its own ids', () => {
  const contexts = [
    ids,
    { ...ids },
    { ...ids, spanId: '2'.repeat(16) },
    ids,
    { ...ids, traceId: '2'.repeat(32) },
    ids,
    { ...ids, traceFlags: 0 },
    undefined,
    ids,
  ]
  const records = contexts.map((spanContext): ReadableLogRecord => ({
    hrTime: [1, 2],
    hrTimeObserved: [1, 2],
    resource,
    instrumentationScope,
    attributes: {},
    droppedAttributesCount: 0,
    ...(spanContext && { spanContext }),
  }))
  const encoder = new ProtobufEncoder<ReadableLogRecord>(resource, encodeLogRecord)
  for (const record of records) encoder.add(record)
  const [request] = encoder.cut().requests()
  expect(idsOf(request!.bytes)).toEqual(idsOf(ProtobufLogsSerializer.serializeRequest(records)!))
})

function idsOf(bytes: Uint8Array): unknown[] {
  const { resourceLogs } = decode(logsRequest, bytes) as {
    resourceLogs: { scopeLogs: { logRecords: { traceId: unknown; spanId: unknown; flags: unknown }[] }[] }[]
  }
  const { logRecords } = resourceLogs[0]!.scopeLogs[0]!
  return logRecords.map(({ traceId, spanId, flags }) => [traceId, spanId, flags])
}
