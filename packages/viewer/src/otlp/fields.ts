// The messages of opentelemetry-proto 1.x (trace, logs, metrics), by field number, with their OTLP/JSON names.
// https://github.com/open-telemetry/opentelemetry-proto

export type ScalarType =
  | 'string'
  | 'hex' // bytes whose JSON form is hexadecimal: trace and span ids
  | 'bytes' // bytes whose JSON form is base64
  | 'bool'
  | 'double'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'int32' // enums too
  | 'sint32'
  | 'uint32'
  | 'int64'
  | 'uint64'

export interface Field {
  name: string
  type: ScalarType | Message
  repeated: boolean
  /** of a group of which one may be set; no message here has two such groups */
  oneof: boolean
}

/** Fields by number. */
export type Message = Map<number, Field>

const anyValue: Message = new Map()
const keyValue = message({ 1: one('key', 'string'), 2: one('value', anyValue) })
for (const [number, field] of message({
  1: choice('stringValue', 'string'),
  2: choice('boolValue', 'bool'),
  3: choice('intValue', 'int64'),
  4: choice('doubleValue', 'double'),
  5: choice('arrayValue', message({ 1: many('values', anyValue) })),
  6: choice('kvlistValue', message({ 1: many('values', keyValue) })),
  7: choice('bytesValue', 'bytes'),
})) {
  anyValue.set(number, field)
}

const attributes = many('attributes', keyValue)
const droppedAttributes = one('droppedAttributesCount', 'uint32')

const resource = message({
  1: attributes,
  2: droppedAttributes,
  3: many(
    'entityRefs',
    message({
      1: one('schemaUrl', 'string'),
      2: one('type', 'string'),
      3: many('idKeys', 'string'),
      4: many('descriptionKeys', 'string'),
    }),
  ),
})

const scope = message({
  1: one('name', 'string'),
  2: one('version', 'string'),
  3: attributes,
  4: droppedAttributes,
})

const span = message({
  1: one('traceId', 'hex'),
  2: one('spanId', 'hex'),
  3: one('traceState', 'string'),
  4: one('parentSpanId', 'hex'),
  5: one('name', 'string'),
  6: one('kind', 'int32'),
  7: one('startTimeUnixNano', 'fixed64'),
  8: one('endTimeUnixNano', 'fixed64'),
  9: attributes,
  10: droppedAttributes,
  11: many(
    'events',
    message({
      1: one('timeUnixNano', 'fixed64'),
      2: one('name', 'string'),
      3: attributes,
      4: droppedAttributes,
    }),
  ),
  12: one('droppedEventsCount', 'uint32'),
  13: many(
    'links',
    message({
      1: one('traceId', 'hex'),
      2: one('spanId', 'hex'),
      3: one('traceState', 'string'),
      4: attributes,
      5: droppedAttributes,
      6: one('flags', 'fixed32'),
    }),
  ),
  14: one('droppedLinksCount', 'uint32'),
  15: one('status', message({ 2: one('message', 'string'), 3: one('code', 'int32') })),
  16: one('flags', 'fixed32'),
})

const logRecord = message({
  1: one('timeUnixNano', 'fixed64'),
  2: one('severityNumber', 'int32'),
  3: one('severityText', 'string'),
  5: one('body', anyValue),
  6: attributes,
  7: droppedAttributes,
  8: one('flags', 'fixed32'),
  9: one('traceId', 'hex'),
  10: one('spanId', 'hex'),
  11: one('observedTimeUnixNano', 'fixed64'),
  12: one('eventName', 'string'),
})

const exemplars = many(
  'exemplars',
  message({
    2: one('timeUnixNano', 'fixed64'),
    3: choice('asDouble', 'double'),
    4: one('spanId', 'hex'),
    5: one('traceId', 'hex'),
    6: choice('asInt', 'sfixed64'),
    7: many('filteredAttributes', keyValue),
  }),
)
const start = one('startTimeUnixNano', 'fixed64')
const time = one('timeUnixNano', 'fixed64')
const temporality = one('aggregationTemporality', 'int32')

const numberPoints = many(
  'dataPoints',
  message({
    2: start,
    3: time,
    4: choice('asDouble', 'double'),
    5: exemplars,
    6: choice('asInt', 'sfixed64'),
    7: attributes,
    8: one('flags', 'uint32'),
  }),
)

const histogramPoints = many(
  'dataPoints',
  message({
    2: start,
    3: time,
    4: one('count', 'fixed64'),
    5: one('sum', 'double'),
    6: many('bucketCounts', 'fixed64'),
    7: many('explicitBounds', 'double'),
    8: exemplars,
    9: attributes,
    10: one('flags', 'uint32'),
    11: one('min', 'double'),
    12: one('max', 'double'),
  }),
)

const buckets = message({ 1: one('offset', 'sint32'), 2: many('bucketCounts', 'uint64') })
const exponentialHistogramPoints = many(
  'dataPoints',
  message({
    1: attributes,
    2: start,
    3: time,
    4: one('count', 'fixed64'),
    5: one('sum', 'double'),
    6: one('scale', 'sint32'),
    7: one('zeroCount', 'fixed64'),
    8: one('positive', buckets),
    9: one('negative', buckets),
    10: one('flags', 'uint32'),
    11: exemplars,
    12: one('min', 'double'),
    13: one('max', 'double'),
    14: one('zeroThreshold', 'double'),
  }),
)

const summaryPoints = many(
  'dataPoints',
  message({
    2: start,
    3: time,
    4: one('count', 'fixed64'),
    5: one('sum', 'double'),
    6: many('quantileValues', message({ 1: one('quantile', 'double'), 2: one('value', 'double') })),
    7: attributes,
    8: one('flags', 'uint32'),
  }),
)

const metric = message({
  1: one('name', 'string'),
  2: one('description', 'string'),
  3: one('unit', 'string'),
  5: choice('gauge', message({ 1: numberPoints })),
  7: choice('sum', message({ 1: numberPoints, 2: temporality, 3: one('isMonotonic', 'bool') })),
  9: choice('histogram', message({ 1: histogramPoints, 2: temporality })),
  10: choice('exponentialHistogram', message({ 1: exponentialHistogramPoints, 2: temporality })),
  11: choice('summary', message({ 1: summaryPoints })),
  12: many('metadata', keyValue),
})

/** ExportTraceServiceRequest */
export const tracesRequest: Message = request('resourceSpans', 'scopeSpans', 'spans', span)
/** ExportLogsServiceRequest */
export const logsRequest: Message = request('resourceLogs', 'scopeLogs', 'logRecords', logRecord)
/** ExportMetricsServiceRequest */
export const metricsRequest: Message = request('resourceMetrics', 'scopeMetrics', 'metrics', metric)

function request(resources: string, scopes: string, records: string, record: Message): Message {
  const schemaUrl = one('schemaUrl', 'string')
  const ofScope = message({ 1: one('scope', scope), 2: many(records, record), 3: schemaUrl })
  const ofResource = message({ 1: one('resource', resource), 2: many(scopes, ofScope), 3: schemaUrl })
  return message({ 1: many(resources, ofResource) })
}

function message(fields: Record<number, Field>): Message {
  return new Map(Object.entries(fields).map(([number, field]) => [Number(number), field]))
}

function one(name: string, type: Field['type']): Field {
  return { name, type, repeated: false, oneof: false }
}

function many(name: string, type: Field['type']): Field {
  return { name, type, repeated: true, oneof: false }
}

function choice(name: string, type: Field['type']): Field {
  return { name, type, repeated: false, oneof: true }
}
