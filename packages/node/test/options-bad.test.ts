// Mistakes in the environment, but for those in the variables of the exporters.
import { problemOf, type Bad } from './support/bad.ts'
import { read } from './support/read.ts'

const BAD: Bad[] = [
  [{ OTEL_TRACES_SAMPLER: 'foo' }, 'OTEL_TRACES_SAMPLER=foo is unknown', undefined, 'parentbased_always_on'],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'abc' },
    'OTEL_TRACES_SAMPLER_ARG=abc is not a number',
    undefined,
    '1',
  ],
  [{ OTEL_PROPAGATORS: 'foo' }, 'OTEL_PROPAGATORS=foo is unknown', undefined, 'tracecontext,baggage'],
  [{ OTEL_TRACES_EXPORTER: 'jaeger' }, 'OTEL_TRACES_EXPORTER=jaeger is unknown', 'otlp', 'otlp'],
  [
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '-3' },
    'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=-3 is not 0 or more',
    '0',
    'the default',
  ],
  [
    { OTEL_EXPORTER_OLTP_ENDPOINT: 'x' },
    'OTEL_EXPORTER_OLTP_ENDPOINT is read by nobody. Is OTEL_EXPORTER_OTLP_ENDPOINT meant?',
    undefined,
    '',
  ],
  [{ OTEL_SDK_DISABLED: 'yes' }, 'OTEL_SDK_DISABLED=yes is neither true nor false', 'true', 'false'],
  [{ OTEL_TRACES_SAMPLER: 'always-on' }, 'is unknown', 'always_on', 'parentbased_always_on'],
  [
    { OTEL_TRACES_SAMPLER: 'ratio', OTEL_METRICS_EXPORTER: 'none' },
    'is unknown',
    'traceidratio',
    'parentbased_always_on',
  ],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, 'is not from 0 to 1', '1', '1'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '-0.5' }, 'is not from 0 to 1', '0', '1'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '50%' }, 'is not a number', '0.5', '1'],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'NaN' },
    'is not a number',
    undefined,
    '1',
  ],
  [
    { OTEL_TRACES_SAMPLER_ARG: '0.1' },
    'is of no use: the sampler takes no argument',
    undefined,
    'parentbased_always_on',
  ],
  [
    { OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'endpoint=nope' },
    'OTEL_TRACES_SAMPLER_ARG endpoint=nope is not a URL',
    undefined,
    'http://localhost:5778/sampling',
  ],
  [
    { OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'pollingIntervalMs=1' },
    'is not from 100',
    '100',
    '60000',
  ],
  [
    { OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'foo=1' },
    'is none of endpoint=',
    undefined,
    'the rest',
  ],
  [{ OTEL_PROPAGATORS: 'foo,baggage' }, 'OTEL_PROPAGATORS=foo is unknown', undefined, 'baggage'],
  [{ OTEL_PROPAGATORS: 'tracecontex' }, 'is unknown', 'tracecontext', 'tracecontext,baggage'],
  [{ OTEL_PROPAGATORS: 'b3-multi' }, 'is unknown', 'b3multi', 'tracecontext,baggage'],
  [{ OTEL_PROPAGATORS: 'none,b3' }, 'has none beside others', undefined, 'none'],
  [{ OTEL_TRACES_EXPORTER: 'otpl' }, 'is unknown', 'otlp', 'otlp'],
  [{ OTEL_TRACES_EXPORTER: 'logging,otlp' }, 'OTEL_TRACES_EXPORTER=logging is unknown', 'console', 'otlp'],
  [{ OTEL_METRICS_EXPORTER: 'prometeus' }, 'is unknown', 'prometheus', 'otlp'],
  [{ OTEL_LOGS_EXPORTER: 'consol' }, 'is unknown', 'console', 'none'],
  [{ OTEL_LOGS_EXPORTER: 'otlp,none' }, 'has none beside others', undefined, 'none'],
  [{ OTEL_BSP_SCHEDULE_DELAY: '-3' }, 'is not from 0', '0', '5000'],
  [{ OTEL_BSP_SCHEDULE_DELAY: '5s' }, 'is not a number', '5000', '5000'],
  [{ OTEL_BSP_SCHEDULE_DELAY: '1.5' }, 'is not a whole number', '2', '5000'],
  [{ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '0' }, 'is not from 1', '1', '512'],
  [
    { OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '200' },
    'is more than the queue holds',
    undefined,
    '100',
  ],
  [{ OTEL_BLRP_MAX_QUEUE_SIZE: '1e99' }, 'is not from 1', undefined, '2048'],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '1' }, 'is not from 10', '10', '60000'],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '1m' }, 'is not a number', '60000', '60000'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: '90000' }, 'is longer than the interval', undefined, '60000'],
  [{ OTEL_METRICS_EXEMPLAR_FILTER: 'tracebased' }, 'is unknown', 'trace_based', 'trace_based'],
  [
    { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'low_memory' },
    'is unknown',
    'lowmemory',
    'cumulative',
  ],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b' }, 'has a pair that is not name=value', undefined, 'none of it'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'a=%zz' }, 'has a pair that is not name=value', undefined, 'none of it'],
  [
    { OTEL_NODE_RESOURCE_DETECTORS: 'container' },
    'is unknown',
    undefined,
    'env,host,os,process,serviceinstance',
  ],
  [
    { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'mongo' },
    'names no instrumentation',
    'mongodb or mongoose',
    'the others',
  ],
  [{ OTEL_LOG_LEVEL: 'warning' }, 'is unknown', 'warn', 'info'],
  [{ WAYBILL_BANNER: '1' }, 'is neither true nor false', 'true', 'the default'],
  [{ WAYBILL_STRICT: 'on' }, 'is neither true nor false', 'true', 'false'],
  [{ WAYBILL_TRACE_ID: 'uuid' }, 'is unknown', 'uuidv7', 'random'],
  [{ WAYBILL_EXIT_TIMEOUT: 'forever' }, 'is not a number', undefined, '2000'],
  [{ WAYBILL_SPOOL_MAX_BYTES: '64MB' }, 'is not a number', '67108864', '67108864'],
  [{ WAYBILL_COMPONENTS_OFF: 'actions' }, 'is unknown', 'action', 'none'],
  [{ WAYBILL_REDACTION: 'false!' }, 'is neither true nor false', undefined, 'true'],
  [
    { OTEL_CONFIG_FILE: '/no/such/file.yaml' },
    'OTEL_CONFIG_FILE=/no/such/file.yaml cannot be read: ENOENT',
    undefined,
    'the environment',
  ],
  [{ OTEL_CONFIG_FILE: __dirname }, 'cannot be read', undefined, 'the environment'],
  [{ OTEL_SERVICENAME: 'x' }, 'Is OTEL_SERVICE_NAME meant?', undefined, ''],
  [{ otel_service_name: 'x' }, 'Is OTEL_SERVICE_NAME meant?', undefined, ''],
  [{ OTEL_TRACE_EXPORTER: 'otlp' }, 'Is OTEL_TRACES_EXPORTER meant?', undefined, ''],
  [{ OTEL_OTLP_EXPORTER_ENDPOINT: 'x' }, 'Is OTEL_EXPORTER_OTLP_ENDPOINT meant?', undefined, ''],
  [{ OTEL_PROPAGATOR: 'x' }, 'Is OTEL_PROPAGATORS meant?', undefined, ''],
  [{ OTLE_SERVICE_NAME: 'x' }, 'Is OTEL_SERVICE_NAME meant?', undefined, ''],
  [
    { OTEL_EXPORTER_OTLP_HEADER: 'authorization=s3cret' },
    'Is OTEL_EXPORTER_OTLP_HEADERS meant?',
    undefined,
    '',
  ],
  [{ WAYBIL_STRICT: 'true' }, 'Is WAYBILL_STRICT meant?', undefined, ''],
  [{ WAYBILL_FROBNICATE: 'true' }, 'WAYBILL_FROBNICATE is read by nobody', undefined, ''],
  [{ WAYBILL_INSTRUMENTATION_PGG_X: '1' }, 'names no instrumentation', undefined, 'the default'],
  [
    { WAYBILL_INSTRUMENTATION_HTTP_IGNORED_PATHS: '/a' },
    'is no option of http',
    'IGNORE_PATHS',
    'the default',
  ],
  [
    { WAYBILL_INSTRUMENTATION_PG_REQUIRE_PARENT_SPAN: 'yes' },
    'is neither true nor false',
    'true',
    'the default',
  ],
  [{ WAYBILL_INSTRUMENTATION_REDIS_STATEMENT: 'ful' }, 'is unknown', 'full', 'the default'],
]

test.each(BAD)(
  '%j is one line, with the nearest valid value and what is used',
  (env, says, nearest, used) => {
    expect(problemOf(env)).toEqual({ line: expect.stringContaining(says), nearest, used })
  },
)

test('what is used is used', () => {
  expect(read({ OTEL_SDK_DISABLED: 'yes' }).options.disabled).toBe(false)
  expect(read({ OTEL_PROPAGATORS: 'foo,baggage' }).options.propagators).toEqual(['baggage'])
  expect(read({ OTEL_TRACES_EXPORTER: 'jaeger' }).options.exporters.traces).toEqual(['otlp'])
  expect(read({ OTEL_BSP_SCHEDULE_DELAY: '-3' }).options.spans.delay).toBe(5000)
  expect(
    read({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '-3' }).options.spanLimits.attributeCountLimit,
  ).toBeUndefined()
})

test('many at once: a line for each', () => {
  const { lines } = read(Object.assign({}, ...BAD.slice(0, 3).map(([env]) => env)) as Record<string, string>)
  // The sampler of the second row stands in for that of the first.
  expect(lines).toHaveLength(2)
})
