import { HEAD, SDK, useConfigFile, waybill } from './support/config-file.ts'

const readFile = useConfigFile()

test('a file in the schema of the specification', () => {
  const { options, lines } = readFile(
    `${HEAD}
disabled: false
log_level: debug
attribute_limits: { attribute_count_limit: 11 }
resource:
  attributes:
    - { name: service.name, value: shop }
    - { name: replicas, value: 3, type: int }
    - { name: zones, value: [a, b], type: string_array }
  attributes_list: "team=parcels,service.name=other"
  detection/development:
    detectors: [{ host: }, { process: }, { service: }]
propagator:
  composite: [{ tracecontext: }, { b3: }]
  composite_list: "baggage,tracecontext"
tracer_provider:
  processors:
    - batch:
        schedule_delay: 100
        export_timeout: 2000
        max_queue_size: 1000
        max_export_batch_size: 100
        exporter:
          otlp_http:
            endpoint: http://collector:4318/v1/traces
            encoding: json
            compression: gzip
            timeout: 3000
            headers: [{ name: Api-Key, value: "a,b=c" }]
            headers_list: "x-a=1,api-key=other"
    - simple: { exporter: { console: } }
  limits: { attribute_value_length_limit: 5, event_count_limit: 6 }
  sampler: { parent_based: { root: { trace_id_ratio_based: { ratio: 0.5 } } } }
  id_generator: { random: }
meter_provider:
  readers:
    - periodic:
        interval: 5000
        timeout: 1000
        exporter:
          otlp_grpc:
            endpoint: http://collector:4317
            temporality_preference: low_memory
            default_histogram_aggregation: base2_exponential_bucket_histogram
    - pull: { exporter: { prometheus/development: { host: 0.0.0.0, port: 9999 } } }
  views:
    - selector: { instrument_name: "http.*" }
      stream: { aggregation: { drop: } }
  exemplar_filter: always_off
logger_provider:
  processors: [{ batch: { exporter: { otlp_grpc: } } }]
  limits: { attribute_count_limit: 7 }
`,
    { OTEL_SERVICE_NAME: 'of the environment' },
  )
  expect(lines).toEqual([])
  expect(options).toMatchObject({
    logLevel: 'debug',
    serviceName: 'shop',
    resourceAttributes: { 'service.name': 'shop', replicas: 3, zones: ['a', 'b'], team: 'parcels' },
    resourceDetectors: ['host', 'os', 'process', 'serviceinstance'],
    propagators: ['tracecontext', 'b3', 'baggage'],
    exporters: { traces: ['otlp', 'console'], metrics: ['otlp', 'prometheus'], logs: ['otlp'] },
    endpoints: {
      traces: {
        protocol: 'http/json',
        url: 'http://collector:4318/v1/traces',
        gzip: true,
        timeout: 3000,
        headers: { 'api-key': 'a,b=c', 'x-a': '1' },
      },
      metrics: { protocol: 'grpc', url: 'http://collector:4317' },
      logs: { protocol: 'grpc', url: 'http://localhost:4317' },
    },
    spans: { delay: 100, batchSize: 100 },
    spanLimits: { attributeCountLimit: 11, attributeValueLengthLimit: 5, eventCountLimit: 6 },
    logRecordLimits: { attributeCountLimit: 7 },
    sampling: { sampler: { type: 'parent_based', root: { type: 'probability', ratio: 0.5 } } },
    metrics: {
      interval: 5000,
      timeout: 1000,
      temporality: 'lowmemory',
      histogram: 'base2_exponential_bucket_histogram',
      exemplars: 'always_off',
      views: [{ selector: { instrument_name: 'http.*' } }],
    },
    prometheus: { host: '0.0.0.0', port: 9999 },
  })
})

test('samplers that the SDK has not: composite, probability, jaeger_remote, rate_limit', () => {
  const sampler = (yaml: string): unknown => {
    const { options, lines } = readFile(
      `${SDK}tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: ${yaml} }\n`,
    )
    expect(lines).toEqual([])
    return options.sampling.sampler
  }
  expect(sampler('{ probability/development: { ratio: 0.2 } }')).toEqual({ type: 'probability', ratio: 0.2 })
  expect(
    sampler(
      '{ jaeger_remote/development: { endpoint: "http://j:5778/sampling", interval: 1000, initial_sampler: { always_off: } } }',
    ),
  ).toEqual({
    type: 'jaeger_remote',
    endpoint: 'http://j:5778/sampling',
    interval: 1000,
    initial: { type: 'always_off' },
  })
  expect(sampler('{ rate_limit: { per_second: 5, burst: 10 } }')).toEqual({
    type: 'rate_limit',
    perSecond: 5,
    burst: 10,
  })
  expect(
    sampler(
      '{ composite/development: { rule_based: { rules: [ { attribute_values: { key: http.route, values: [/healthz] }, sampler: { always_off: } }, { span_kinds: [server], parent: [none], sampler: { parent_threshold: { root: { probability: { ratio: 0.1 } } } } } ] } } }',
    ),
  ).toEqual({
    type: 'composite',
    sampler: {
      type: 'rule_based',
      rules: [
        { attributeValues: { key: 'http.route', values: ['/healthz'] }, sampler: { type: 'always_off' } },
        {
          spanKinds: ['server'],
          parent: ['none'],
          sampler: { type: 'parent_threshold', root: { type: 'probability', ratio: 0.1 } },
        },
      ],
    },
  })
})

test('Waybill’s own settings; the environment beats them', () => {
  const yaml = waybill(`
    { banner: true, trace_id: uuidv7, exit_timeout: 500, components_off: [action, logs],
      sampling: {
        rules: [ { route: [/healthz, /ready], drop: true },
                 { kind: server, service: shop, event_type: order.*, attributes: { tenant: [a, b] }, ratio: 0.1 },
                 { name: "GET *", per_second: 5 } ],
        keep: { errors: true, slow: 500, max_traces: 10 } },
      redaction: { deny: [user.*], query: [code], sql: false },
      spool: { enabled: false },
      http: { response_headers: [traceresponse], accept_trace_id: false },
      instrumentations: { disabled: [dns], options: { http: { ignore_paths: [/healthz], captureHeaders: { server: { request: [x-tenant] } } } } } }`)
  const { options, lines } = readFile(yaml, {
    WAYBILL_EXIT_TIMEOUT: '700',
    WAYBILL_INSTRUMENTATION_HTTP_IGNORE_PATHS: '/other',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://of.the.environment:4317',
  })
  expect(lines).toEqual([])
  expect(options).toMatchObject({
    banner: true,
    traceIds: 'uuidv7',
    exitTimeout: 700,
    componentsOff: ['action', 'logs'],
    sampling: {
      sampler: { type: 'parent_based' },
      rules: [
        { route: ['/healthz', '/ready'], drop: true },
        {
          kind: ['server'],
          service: ['shop'],
          eventType: ['order.*'],
          attributes: { tenant: ['a', 'b'] },
          ratio: 0.1,
        },
        { name: ['GET *'], perSecond: 5 },
      ],
      keep: { errors: true, slow: 500, maxTraces: 10 },
    },
    redaction: { deny: ['user.*'], query: ['code'], sql: false, urls: true },
    spool: { enabled: false },
    http: { responseHeaders: ['traceresponse'], acceptTraceId: false },
    integrations: {
      disabled: ['dns'],
      config: { http: { ignorePaths: ['/other'], captureHeaders: { server: { request: ['x-tenant'] } } } },
    },
    // A file without an SDK section leaves the SDK to the environment.
    endpoints: { traces: { url: 'http://of.the.environment:4317' } },
    exporters: { traces: ['otlp'], metrics: ['otlp'], logs: [] },
  })
})

test('variables in the file: default, type, quotes, dollar, and no code', () => {
  const { options, lines } = readFile(
    `${SDK}
resource:
  attributes:
    - { name: a, value: "\${A}" }
    - { name: b, value: "\${B:-fallback}" }
    - { name: c, value: "$\${A}" }
    - { name: d, value: "\${env:A}-\${A}" }
    - name: n
      value: \${N:-3}
    - { name: q, value: "\${N:-3}" }
    - { name: injected, value: "\${X}" }
`,
    { A: 'one', X: 'x }, { name: evil, value: y' },
  )
  expect(lines).toEqual([])
  expect(options.resourceAttributes).toEqual({
    a: 'one',
    b: 'fallback',
    c: '${A}',
    d: 'one-one',
    n: 3,
    q: '3',
    injected: 'x }, { name: evil, value: y',
  })
})

test('what the file leaves out is off, as the schema says; no propagator is said', () => {
  const { options, lines } = readFile(
    `${HEAD}tracer_provider: { processors: [{ batch: { exporter: { console: } } }] }\n`,
  )
  expect(options.exporters).toEqual({ traces: ['console'], metrics: [], logs: [] })
  expect(options.propagators).toEqual([])
  expect(options.resourceDetectors).toEqual([])
  expect(lines).toEqual([expect.stringContaining('waybill.yaml propagator is not there')])
})

test('variables that are set in vain beside the file are named in one line', () => {
  const { lines, options } = readFile(
    `${SDK}resource: { attributes: [{ name: n, value: "\${OTEL_TRACES_SAMPLER_ARG}" }] }\n`,
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:1',
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_TRACES_SAMPLER_ARG: '1',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'dns',
      WAYBILL_BANNER: 'false',
    },
  )
  expect(lines).toEqual([
    expect.stringMatching(
      /: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER are not read, because the file counts/,
    ),
  ])
  expect(options.sampling.sampler).toEqual({ type: 'parent_based', root: { type: 'always_on' } })
  expect(options.integrations.disabled).toEqual(['dns'])
  expect(options.banner).toBe(false)
})
