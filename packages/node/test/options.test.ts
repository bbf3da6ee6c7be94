import { resourceAttribute } from '../src/options/resource-attribute.ts'
import { RESPONSE_HEADERS, PROPAGATOR_NAMES } from '../src/tracing/config.ts'
import { OPTIONS } from '../src/options/table.ts'
import { read } from './support/read.ts'

describe('good values print nothing', () => {
  test('exporters, sampler, propagators', () => {
    const { lines, options } = read({
      OTEL_TRACES_SAMPLER: 'ParentBased_TraceIdRatio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_PROPAGATORS: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'otlp,console',
    })
    expect(lines).toEqual([])
    expect(options.sampling.sampler).toEqual({
      type: 'parent_based',
      root: { type: 'probability', ratio: 0.25 },
    })
    expect(options.propagators).toEqual([])
    expect(options.exporters).toEqual({ traces: ['otlp'], metrics: [], logs: ['otlp', 'console'] })
    expect(Object.keys(options.endpoints)).toEqual(['traces', 'logs'])
  })

  test('jaeger_remote and its argument', () => {
    const { lines, options } = read({
      OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG:
        'endpoint=http://localhost:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25',
    })
    expect(lines).toEqual([])
    expect(options.sampling.sampler).toEqual({
      type: 'parent_based',
      root: {
        type: 'jaeger_remote',
        endpoint: 'http://localhost:5778/sampling',
        interval: 5000,
        initial: { type: 'probability', ratio: 0.25 },
      },
    })
  })

  test('limits, batches, metrics, zipkin, prometheus, and Waybill’s own', () => {
    const { lines, options } = read({
      OTEL_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '20',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '3',
      OTEL_SPAN_LINK_COUNT_LIMIT: '4',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '5',
      OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: '6',
      OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '7',
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_BSP_MAX_QUEUE_SIZE: '1000',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100',
      OTEL_BSP_EXPORT_TIMEOUT: '2000',
      OTEL_BLRP_SCHEDULE_DELAY: '2',
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
      OTEL_METRICS_EXEMPLAR_FILTER: 'always_off',
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://zipkin:9411/api/v2/spans',
      OTEL_EXPORTER_PROMETHEUS_PORT: '9999',
      OTEL_NODE_RESOURCE_DETECTORS: 'all',
      OTEL_SEMCONV_STABILITY_OPT_IN: 'http',
      OTEL_EXPORTER_OTLP_TIMEOUT: '0',
      WAYBILL_TRACE_ID: 'uuidv7',
      WAYBILL_COMPONENTS_OFF: 'action,cache',
      WAYBILL_SAMPLING_KEEP_ERRORS: 'true',
      WAYBILL_SAMPLING_KEEP_SLOW: '500',
      WAYBILL_REDACTION_DENY: 'user.*, card.number',
      WAYBILL_HTTP_RESPONSE_HEADERS: 'none',
      WAYBILL_LOG_FORMAT: 'json',
    })
    expect(lines).toEqual([])
    expect(options).toMatchObject({
      spanLimits: {
        attributeCountLimit: 20,
        attributeValueLengthLimit: 100,
        eventCountLimit: 3,
        linkCountLimit: 4,
        attributePerEventCountLimit: 5,
        attributePerLinkCountLimit: 6,
      },
      logRecordLimits: { attributeCountLimit: 10, attributeValueLengthLimit: 7 },
      spans: { delay: 1, batchSize: 100 },
      logRecords: { delay: 2, batchSize: 512 },
      metrics: {
        interval: 1000,
        timeout: 1000,
        temporality: 'delta',
        histogram: 'base2_exponential_bucket_histogram',
        exemplars: 'always_off',
      },
      exporters: { traces: ['zipkin'], metrics: ['otlp', 'prometheus'] },
      zipkin: { url: 'http://zipkin:9411/api/v2/spans' },
      prometheus: { host: 'localhost', port: 9999 },
      resourceDetectors: ['env', 'host', 'os', 'process', 'serviceinstance'],
      traceIds: 'uuidv7',
      componentsOff: ['action', 'cache'],
      sampling: { keep: { errors: true, slow: 500 } },
      redaction: { deny: ['user.*', 'card.number'] },
      http: { responseHeaders: [], acceptTraceId: true },
    })
    expect(options.endpoints.metrics?.timeout).toBe(600_000)
  })

  test.each([
    'OTEL_DOTNET_AUTO_HOME',
    'OTEL_JAVAAGENT_ENABLED',
    'OTEL_JAVA_GLOBAL_AUTOCONFIGURE_ENABLED',
    'OTEL_PYTHON_LOG_CORRELATION',
    'OTEL_PYTHON_DISABLED_INSTRUMENTATIONS',
    'OTEL_GO_AUTO_TARGET_EXE',
    'OTEL_PHP_AUTOLOAD_ENABLED',
    'OTEL_COLLECTOR_CONFIG',
    'OTEL_COLLECTOR_SERVICE_HOST',
    'OTEL_COLLECTOR_PORT_4317_TCP_ADDR',
    'OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED',
    'OTEL_NODE_IP',
    'OTEL_POD_IP',
    'OTEL_RESOURCE_ATTRIBUTES_POD_NAME',
    'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME',
    'OTEL_RESOURCE_DISABLED_KEYS',
    'OTEL_EXPORTER_JAEGER_ENDPOINT',
    'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
    'OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY',
    'WAYBILL_SERVICE_HOST',
    'WAYBILL_PORT_8080_TCP',
    'OTHER_VARIABLE',
    'OPENSSL_CONF',
    'WATCH_MODE',
  ])('%s is none of ours, or not read now', (name) => {
    expect(read({ [name]: 'x' }).lines).toEqual([])
  })
})

describe('options of instrumentations', () => {
  test('names in upper case, values by their kind', () => {
    const { options, lines } = read({
      WAYBILL_INSTRUMENTATION_HTTP_IGNORE_PATHS: '/healthz, /internal/*',
      WAYBILL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST: 'x-tenant',
      WAYBILL_INSTRUMENTATION_HTTP_OTEL_REQUIRE_PARENTFOR_OUTGOING_SPANS: 'true',
      WAYBILL_INSTRUMENTATION_PG_ENHANCED_DATABASE_REPORTING: 'true',
      WAYBILL_INSTRUMENTATION_MYSQL2_MASK_STATEMENT: 'False',
      WAYBILL_INSTRUMENTATION_AWS_SDK_SUPPRESS_INTERNAL_INSTRUMENTATION: 'false',
      WAYBILL_INSTRUMENTATION_SOCKET_IO_ON_IGNORE_EVENT_LIST: 'ping',
      WAYBILL_INSTRUMENTATION_REDIS_STATEMENT: 'command',
      WAYBILL_INSTRUMENTATION_AMQPLIB_CONSUME_TIMEOUT_MS: '5',
      WAYBILL_INSTRUMENTATION_HAPI_ANY_THING: '7',
    })
    expect(lines).toEqual([])
    expect(options.integrations.config).toEqual({
      http: {
        ignorePaths: ['/healthz', '/internal/*'],
        captureHeaders: { server: { request: ['x-tenant'] } },
      },
      'http-otel': { requireParentforOutgoingSpans: true },
      pg: { enhancedDatabaseReporting: true },
      mysql2: { maskStatement: false },
      'aws-sdk': { suppressInternalInstrumentation: false },
      'socket.io': { onIgnoreEventList: ['ping'] },
      redis: { statement: 'command' },
      amqplib: { consumeTimeoutMs: 5 },
      hapi: { anyThing: 7 },
    })
  })
})

test('names that other files have too', () => {
  expect(OPTIONS.propagators.allowed).toEqual(PROPAGATOR_NAMES)
  expect(OPTIONS.httpResponseHeaders.allowed).toEqual(RESPONSE_HEADERS)
})

test('one attribute of OTEL_RESOURCE_ATTRIBUTES', () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'a=1, service.name=my%20api ,b=%zz' }
  expect(resourceAttribute(env, 'service.name')).toBe('my api')
  expect(resourceAttribute(env, 'b')).toBe('%zz')
  expect(resourceAttribute(env, 'c')).toBeUndefined()
})
