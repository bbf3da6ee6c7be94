/** The three kinds of telemetry, by the word in OTLP's paths. */
export type Signal = 'traces' | 'logs' | 'metrics'

/** An attribute or body as a JSON value. Bytes are base64; numbers that JSON does not have are text. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | AttributeValue[]
  | { [key: string]: AttributeValue }
export type Attributes = Record<string, AttributeValue>

/** Where a record came from. */
export interface Origin {
  /** `service.name` of the resource, '' where it has none */
  service: string
  /** name of the instrumentation scope */
  scope: string
  resource: Attributes
}

export interface SpanEvent {
  name: string
  /** nanoseconds since 1970 */
  time: bigint
  attributes: Attributes
}

export interface SpanLink {
  traceId: string
  spanId: string
  attributes: Attributes
}

export interface SpanRecord {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 unspecified */
  kind: number
  /** nanoseconds since 1970 */
  start: bigint
  /** nanoseconds since 1970 */
  end: bigint
  /** 0 unset, 1 ok, 2 error */
  status: 0 | 1 | 2
  statusMessage?: string
  attributes: Attributes
  events: SpanEvent[]
  links: SpanLink[]
  traceState?: string
  flags: number
}

export interface SpanRow extends SpanRecord, Origin {
  durationMs: number
}

export interface LogRecord {
  /** nanoseconds since 1970: when it happened, else when it was observed */
  time: bigint
  /** 1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–20 error, 21–24 fatal; 0 unspecified */
  severity: number
  severityText?: string
  body: AttributeValue
  traceId?: string
  spanId?: string
  attributes: Attributes
  eventName?: string
}

export interface LogRow extends LogRecord, Origin {}

/** What the points of one metric have in common. */
export interface Metric {
  name: string
  description: string
  unit: string
  type: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary'
  /** 1 delta, 2 cumulative; 0 where the type has none */
  temporality: number
  monotonic: boolean
}

export interface Buckets {
  offset: number
  counts: number[]
}

export interface MetricPoint {
  attributes: Attributes
  /** nanoseconds since 1970, 0 where not given */
  start: bigint
  /** nanoseconds since 1970 */
  time: bigint
  /** of a gauge or sum */
  value?: number
  /** of a histogram or summary: number of measurements, and what they are in */
  count?: number
  sum?: number
  min?: number
  max?: number
  bounds?: number[]
  bucketCounts?: number[]
  scale?: number
  zeroCount?: number
  positive?: Buckets
  negative?: Buckets
  quantiles?: { quantile: number; value: number }[]
}

export interface MetricRow extends Metric, MetricPoint, Origin {}

export interface TraceSummary {
  traceId: string
  /** name of the root span, of the earliest one while the root has not arrived */
  name: string
  /** in the order in which they appear in the trace */
  services: string[]
  spanCount: number
  errorCount: number
  /** nanoseconds since 1970 */
  start: bigint
  /** from the first start to the last end */
  durationMs: number
}

export interface SpanFilter {
  traceId?: string
  operationId?: string
  service?: string
  /** true: status is error; false: it is not */
  error?: boolean
  name?: string
  /** started at or after, nanoseconds since 1970 */
  since?: bigint
  /** keep the newest so many */
  limit?: number
}

/** A trace matches when one of its spans does; `error` and `since` are about the trace as a whole. */
export interface TraceFilter {
  operationId?: string
  service?: string
  error?: boolean
  since?: bigint
  limit?: number
}

export interface LogFilter {
  traceId?: string
  operationId?: string
  service?: string
  limit?: number
}

export interface MetricFilter {
  name?: string
  service?: string
}

export interface Counts {
  spans: number
  logs: number
  metricPoints: number
  /** records left out of requests that were taken: ill-formed */
  rejected: number
  /** records that made room for newer ones */
  evicted: number
  /** spans that arrived again (a sender's retry): the later one is kept */
  replaced: number
  /** export requests taken */
  requests: number
  /** export requests refused whole */
  refused: number
  /** bytes stored */
  bytes: number
}
