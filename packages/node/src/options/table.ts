// Every option once. Read in the preload of every process: names, types, defaults, and nothing else. What
// people read about them is in sentences.ts.

export type Signal = 'traces' | 'metrics' | 'logs'
export const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs']
export type LogLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all'

export interface Row {
  /** The environment variable. */
  readonly env: string
  /** With `OTLP_TRACES_`, `OTLP_METRICS_`, `OTLP_LOGS_` for `OTLP_` it is the option of one signal. */
  readonly signals?: true
  /** Other variables of the same meaning; they count where `env` is not set. */
  readonly also?: readonly string[]
  /** Path in `distribution.waybill` of the configuration file. */
  readonly file?: string
  /**
   * `number` has `min` and `max`, and is whole unless it has `fraction`. `names` are some of `allowed`, or
   * `none` alone. `pairs` are `name=value` with percent-encoding. `path` is a file that can be read.
   */
  readonly kind: 'text' | 'boolean' | 'number' | 'choice' | 'names' | 'list' | 'url' | 'pairs' | 'path'
  readonly default?: string | number | boolean | readonly string[]
  readonly min?: number
  readonly max?: number
  readonly fraction?: true
  readonly allowed?: readonly string[]
  /** It says what another variable, in its place or beside it, means; it is still read with a configuration file. */
  readonly always?: true
  /** It is judged together with others: see quick.ts. */
  readonly close?: true
  /** Read by a library, or by another package of Waybill's: not by these options. */
  readonly elsewhere?: true
}

// oxfmt-ignore
export const OPTIONS = {
  disabled: { env: 'OTEL_SDK_DISABLED', kind: 'boolean', default: false, always: true },
  enabled: { env: 'WAYBILL_ENABLED', kind: 'boolean', default: true, always: true },
  configFile: { env: 'OTEL_CONFIG_FILE', also: ['OTEL_EXPERIMENTAL_CONFIG_FILE'], kind: 'path', always: true },
  strict: { env: 'WAYBILL_STRICT', kind: 'boolean', default: false, file: 'strict' },
  banner: { env: 'WAYBILL_BANNER', kind: 'boolean', file: 'banner' },
  logLevel: { env: 'OTEL_LOG_LEVEL', kind: 'choice', default: 'info', allowed: ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'], always: true },
  instrumentTools: { env: 'WAYBILL_INSTRUMENT_TOOLS', kind: 'boolean', default: false, elsewhere: true },
  exitTimeout: { env: 'WAYBILL_EXIT_TIMEOUT', kind: 'number', default: 2000, min: 0, max: 60_000, file: 'exit_timeout' },

  serviceName: { env: 'OTEL_SERVICE_NAME', kind: 'text' },
  resourceAttributes: { env: 'OTEL_RESOURCE_ATTRIBUTES', kind: 'pairs' },
  resourceDetectors: { env: 'OTEL_NODE_RESOURCE_DETECTORS', kind: 'names', default: ['env', 'host', 'os', 'process', 'serviceinstance'], allowed: ['env', 'host', 'os', 'process', 'serviceinstance', 'all'] },

  tracesExporter: { env: 'OTEL_TRACES_EXPORTER', kind: 'names', default: ['otlp'], allowed: ['otlp', 'console', 'zipkin'] },
  metricsExporter: { env: 'OTEL_METRICS_EXPORTER', kind: 'names', default: ['otlp'], allowed: ['otlp', 'console', 'prometheus'] },
  logsExporter: { env: 'OTEL_LOGS_EXPORTER', kind: 'names', default: [], allowed: ['otlp', 'console'] },

  protocol: { env: 'OTEL_EXPORTER_OTLP_PROTOCOL', signals: true, kind: 'choice', default: 'grpc', allowed: ['grpc', 'http/protobuf', 'http/json'] },
  endpoint: { env: 'OTEL_EXPORTER_OTLP_ENDPOINT', signals: true, kind: 'url' },
  headers: { env: 'OTEL_EXPORTER_OTLP_HEADERS', signals: true, kind: 'pairs' },
  compression: { env: 'OTEL_EXPORTER_OTLP_COMPRESSION', signals: true, kind: 'choice', default: 'none', allowed: ['none', 'gzip'] },
  timeout: { env: 'OTEL_EXPORTER_OTLP_TIMEOUT', signals: true, kind: 'number', default: 10_000, min: 0, max: 600_000 },
  insecure: { env: 'OTEL_EXPORTER_OTLP_INSECURE', signals: true, kind: 'boolean' },
  certificate: { env: 'OTEL_EXPORTER_OTLP_CERTIFICATE', signals: true, kind: 'path' },
  clientCertificate: { env: 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', signals: true, kind: 'path' },
  clientKey: { env: 'OTEL_EXPORTER_OTLP_CLIENT_KEY', signals: true, kind: 'path' },
  temporality: { env: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', kind: 'choice', default: 'cumulative', allowed: ['cumulative', 'delta', 'lowmemory'] },
  histogram: { env: 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', kind: 'choice', default: 'explicit_bucket_histogram', allowed: ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] },
  zipkinEndpoint: { env: 'OTEL_EXPORTER_ZIPKIN_ENDPOINT', kind: 'url', default: 'http://localhost:9411/api/v2/spans' },
  zipkinTimeout: { env: 'OTEL_EXPORTER_ZIPKIN_TIMEOUT', kind: 'number', default: 10_000, min: 0, max: 600_000 },
  prometheusHost: { env: 'OTEL_EXPORTER_PROMETHEUS_HOST', kind: 'text', default: 'localhost' },
  prometheusPort: { env: 'OTEL_EXPORTER_PROMETHEUS_PORT', kind: 'number', default: 9464, min: 0, max: 65_535 },
  spool: { env: 'WAYBILL_SPOOL', kind: 'boolean', default: true, file: 'spool.enabled' },
  spoolDir: { env: 'WAYBILL_SPOOL_DIR', kind: 'text', file: 'spool.dir' },
  spoolMaxBytes: { env: 'WAYBILL_SPOOL_MAX_BYTES', kind: 'number', default: 67_108_864, min: 65_536, file: 'spool.max_bytes' },

  propagators: { env: 'OTEL_PROPAGATORS', kind: 'names', default: ['tracecontext', 'baggage'], allowed: ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray'] },
  sampler: { env: 'OTEL_TRACES_SAMPLER', kind: 'choice', default: 'parentbased_always_on', allowed: ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio', 'jaeger_remote', 'parentbased_jaeger_remote'] },
  samplerArg: { env: 'OTEL_TRACES_SAMPLER_ARG', kind: 'text', close: true },
  keepErrors: { env: 'WAYBILL_SAMPLING_KEEP_ERRORS', kind: 'boolean', default: false, file: 'sampling.keep.errors' },
  keepSlow: { env: 'WAYBILL_SAMPLING_KEEP_SLOW', kind: 'number', min: 1, max: 3_600_000, file: 'sampling.keep.slow' },
  traceIds: { env: 'WAYBILL_TRACE_ID', kind: 'choice', default: 'random', allowed: ['random', 'uuidv7'], file: 'trace_id' },

  spanDelay: { env: 'OTEL_BSP_SCHEDULE_DELAY', kind: 'number', default: 5000, min: 0, max: 600_000 },
  spanTimeout: { env: 'OTEL_BSP_EXPORT_TIMEOUT', kind: 'number', default: 30_000, min: 0, max: 600_000 },
  spanQueue: { env: 'OTEL_BSP_MAX_QUEUE_SIZE', kind: 'number', default: 2048, min: 1, max: 10_000_000, close: true },
  spanBatch: { env: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', kind: 'number', default: 512, min: 1, max: 65_536, close: true },
  logDelay: { env: 'OTEL_BLRP_SCHEDULE_DELAY', kind: 'number', default: 1000, min: 0, max: 600_000 },
  logTimeout: { env: 'OTEL_BLRP_EXPORT_TIMEOUT', kind: 'number', default: 30_000, min: 0, max: 600_000 },
  logQueue: { env: 'OTEL_BLRP_MAX_QUEUE_SIZE', kind: 'number', default: 2048, min: 1, max: 10_000_000, close: true },
  logBatch: { env: 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', kind: 'number', default: 512, min: 1, max: 65_536, close: true },

  attributeCount: { env: 'OTEL_ATTRIBUTE_COUNT_LIMIT', kind: 'number', min: 0 },
  attributeLength: { env: 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', kind: 'number', min: 0 },
  spanAttributeCount: { env: 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', kind: 'number', min: 0 },
  spanAttributeLength: { env: 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', kind: 'number', min: 0 },
  spanEventCount: { env: 'OTEL_SPAN_EVENT_COUNT_LIMIT', kind: 'number', min: 0 },
  spanLinkCount: { env: 'OTEL_SPAN_LINK_COUNT_LIMIT', kind: 'number', min: 0 },
  eventAttributeCount: { env: 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', also: ['OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT'], kind: 'number', min: 0 },
  linkAttributeCount: { env: 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', also: ['OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT'], kind: 'number', min: 0 },
  logAttributeCount: { env: 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', kind: 'number', min: 0 },
  logAttributeLength: { env: 'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', kind: 'number', min: 0 },

  metricInterval: { env: 'OTEL_METRIC_EXPORT_INTERVAL', kind: 'number', default: 60_000, min: 10, max: 86_400_000, close: true },
  metricTimeout: { env: 'OTEL_METRIC_EXPORT_TIMEOUT', kind: 'number', default: 30_000, min: 0, max: 86_400_000, close: true },
  exemplars: { env: 'OTEL_METRICS_EXEMPLAR_FILTER', kind: 'choice', default: 'trace_based', allowed: ['trace_based', 'always_on', 'always_off'] },

  enabledInstrumentations: { env: 'OTEL_NODE_ENABLED_INSTRUMENTATIONS', kind: 'list', always: true, file: 'instrumentations.enabled', close: true },
  disabledInstrumentations: { env: 'OTEL_NODE_DISABLED_INSTRUMENTATIONS', kind: 'list', always: true, file: 'instrumentations.disabled', close: true },
  semconv: { env: 'OTEL_SEMCONV_STABILITY_OPT_IN', kind: 'list', elsewhere: true },
  httpMethods: { env: 'OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS', kind: 'list', elsewhere: true },
  genAiContent: { env: 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', kind: 'boolean', elsewhere: true },
  componentsOff: { env: 'WAYBILL_COMPONENTS_OFF', kind: 'names', default: [], allowed: ['listener', 'condition', 'action', 'cache', 'checkpoint', 'dead_letter', 'kafka_produce', 'kafka_consume', 'logs'], file: 'components_off' },
  httpResponseHeaders: { env: 'WAYBILL_HTTP_RESPONSE_HEADERS', kind: 'names', default: ['x-trace-id', 'traceresponse', 'server-timing', 'x-correlation-id'], allowed: ['x-trace-id', 'traceresponse', 'server-timing', 'x-correlation-id'], file: 'http.response_headers' },
  httpAcceptTraceId: { env: 'WAYBILL_HTTP_ACCEPT_TRACE_ID', kind: 'boolean', default: true, file: 'http.accept_trace_id' },

  redaction: { env: 'WAYBILL_REDACTION', kind: 'boolean', default: true, file: 'redaction.enabled' },
  redactUrls: { env: 'WAYBILL_REDACTION_URLS', kind: 'boolean', default: true, file: 'redaction.urls' },
  redactHeaders: { env: 'WAYBILL_REDACTION_HEADERS', kind: 'boolean', default: true, file: 'redaction.headers' },
  redactSql: { env: 'WAYBILL_REDACTION_SQL', kind: 'boolean', default: true, file: 'redaction.sql' },
  redactQuery: { env: 'WAYBILL_REDACTION_QUERY', kind: 'list', file: 'redaction.query' },
  redactDeny: { env: 'WAYBILL_REDACTION_DENY', kind: 'list', file: 'redaction.deny' },
  redactAllow: { env: 'WAYBILL_REDACTION_ALLOW', kind: 'list', file: 'redaction.allow' },

  logFormat: { env: 'WAYBILL_LOG_FORMAT', kind: 'choice', allowed: ['json', 'console'], elsewhere: true },
  logLevels: { env: 'WAYBILL_LOG_LEVELS', kind: 'list', elsewhere: true },
} as const

/** The rows by their variable; of those that exist for each signal the general one. */
export const BY_VARIABLE: Readonly<Record<string, Row | undefined>> = Object.fromEntries(
  Object.values<Row>(OPTIONS).map((row) => [row.env, row]),
)
