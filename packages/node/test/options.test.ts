import { resourceAttribute } from '../src/options/read.ts'
import { RESPONSE_HEADERS, PROPAGATOR_NAMES } from '../src/tracing/config.ts'
import { OPTIONS } from '../src/options/table.ts'
import { read } from './support/read.ts'

describe('endpoint', () => {
  test.each([
    [{}, 'grpc', 'http://localhost:4317'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, 'http/protobuf', 'http://localhost:4318/v1/traces'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com:4317/' },
      'grpc',
      'https://otel.example.com:4317',
    ],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/base/' },
      'http/json',
      'http://c:4318/base/v1/traces',
    ],
    [
      {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/as/it/is',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other',
      },
      'http/protobuf',
      'http://c:4318/as/it/is',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '  ' }, 'grpc', 'http://localhost:4317'],
  ])('%j → %s %s', (env, protocol, url) => {
    const { options, lines } = read(env as Record<string, string>)
    expect(options.endpoints.traces).toMatchObject({ protocol, url })
    expect(lines).toEqual([])
  })

  test.each([
    ['localhost:4317', 'http://localhost:4317'],
    ['10.1.2.3:4317', 'http://10.1.2.3:4317'],
    ['collector:4317', 'http://collector:4317'],
    ['otel.example.com:4317', 'https://otel.example.com:4317'],
    ['[::1]:4317', 'http://[::1]:4317'],
  ])('without a scheme: %s → %s, and it is said', (text, url) => {
    const { lines, options } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: text })
    expect(options.endpoints.traces?.url).toBe(url)
    expect(lines).toEqual([expect.stringMatching(/^WAYBILL_BAD_ENDPOINT: .* names no scheme/)])
  })

  test('the insecure variable decides where there is no scheme', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel.example.com:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }
    expect(read(env).options.endpoints.traces?.url).toBe('http://otel.example.com:4317')
  })

  test('one line for a bad endpoint, though three signals read it, and no secret in it', () => {
    const { lines, options } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://me:hunter2@host?key=s3cret' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('is not a URL')
    expect(lines[0]).not.toMatch(/hunter2|s3cret/)
    expect(options.endpoints.traces?.url).toBe('http://localhost:4317')
  })

  test('headers: decoded, lower case, the signal’s own win; a bad pair is said without its text', () => {
    const { lines, options } = read({
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc,x-a=1,broken-s3cret,x-b=%0d%0ainject',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-a=2',
    })
    expect(options.endpoints.traces?.headers).toEqual({ authorization: 'Bearer abc', 'x-a': '2' })
    expect(lines).toHaveLength(1)
    expect(lines.join()).not.toMatch(/s3cret|inject/)
  })
})

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

/** [variables, what the line says, nearest, what is used] */
type Bad = [env: Record<string, string>, says: string, nearest: string | undefined, used: string]

// Rows of the facts: the first nine.
const BAD: Bad[] = [
  [{ OTEL_TRACES_SAMPLER: 'foo' }, 'OTEL_TRACES_SAMPLER=foo is unknown', undefined, 'parentbased_always_on'],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'abc' },
    'OTEL_TRACES_SAMPLER_ARG=abc is not a number',
    undefined,
    '1',
  ],
  [{ OTEL_PROPAGATORS: 'foo' }, 'OTEL_PROPAGATORS=foo is unknown', undefined, 'tracecontext,baggage'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' }, 'names no scheme', undefined, 'http://localhost:4317'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    'names no scheme',
    undefined,
    'http://localhost:4318',
  ],
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
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grcp' }, 'is unknown', 'grpc', 'grpc'],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http' }, 'is unknown', 'http/protobuf', 'grpc'],
  [
    { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'json' },
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=json is unknown',
    'http/json',
    'grpc',
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://x' }, 'is not a URL', undefined, 'http://localhost:4317'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http:/localhost:4317' },
    'is not a URL',
    'http://localhost:4317',
    'http://localhost:4317',
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'htp://c:4317' }, 'is not a URL', 'http://c:4317', 'http://localhost:4317'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:99999' },
    'is not a URL',
    undefined,
    'http://localhost:4317',
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://' }, 'is not a URL', undefined, 'http://localhost:4317'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 'is not a URL', undefined, 'http://localhost:4317'],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'abc' },
    'OTEL_EXPORTER_OTLP_HEADERS has a pair that is not name=value',
    undefined,
    'the other pairs',
  ],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz' },
    'has a pair that is not name=value',
    undefined,
    'the other pairs',
  ],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zip' }, 'is unknown', 'gzip', 'none'],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, 'is not a number', '10000', '10000'],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '-1' }, 'is not from 0', '0', '10000'],
  [
    { OTEL_EXPORTER_OTLP_INSECURE: 'ja', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x:1' },
    'is neither true nor false',
    undefined,
    'the default',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x:1', OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file' },
    'is not a file that can be read',
    undefined,
    'the default',
  ],
  [
    { OTEL_EXPORTER_OTLP_CERTIFICATE: __filename },
    'is of no use: the endpoint is not https://',
    undefined,
    'the default',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x:1', OTEL_EXPORTER_OTLP_CLIENT_KEY: __filename },
    'belong together',
    undefined,
    'the default',
  ],
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
  [{ OTEL_EXPORTER_PROMETHEUS_PORT: '70000' }, 'is not from 0 to 65535', '65535', '9464'],
  [
    { OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'zipkin:9411' },
    'is not a URL',
    undefined,
    'http://localhost:9411/api/v2/spans',
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
  [{ OTEL_EXPORTER_ENDPOINT: 'x' }, 'Is OTEL_EXPORTER_OTLP_ENDPOINT', undefined, ''],
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

describe('bad configuration: one line each, with the nearest valid value and what is used', () => {
  test.each(BAD)('%j', (env, says, nearest, used) => {
    const { lines } = read(env)
    expect(lines).toHaveLength(1)
    const [line = ''] = lines
    expect(line).toMatch(/^WAYBILL_[A-Z_]+: /)
    expect(line).toContain(says)
    expect(/Nearest: (.*?)\. /.exec(line)?.[1]).toBe(nearest)
    expect(line).toContain(used === '' ? ' is read by nobody' : `Used instead: ${used}.`)
    expect(line).not.toContain('s3cret')
  })

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
    const { lines } = read(
      Object.assign({}, ...BAD.slice(0, 3).map(([env]) => env)) as Record<string, string>,
    )
    // The sampler of the second row stands in for that of the first.
    expect(lines).toHaveLength(2)
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
