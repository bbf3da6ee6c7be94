import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { read } from './support/read.ts'

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-file-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** What is read where `yaml` is the configuration file. */
function readFile(yaml: string, env: Record<string, string> = {}): ReturnType<typeof read> {
  const file = join(folder, 'waybill.yaml')
  writeFileSync(file, yaml)
  return read({ ...env, OTEL_CONFIG_FILE: file })
}

const HEAD = 'file_format: "1.0"\n'
/** With what every file has that describes the SDK. */
const SDK = `${HEAD}propagator: { composite_list: "tracecontext,baggage" }\n`
const waybill = (yaml: string): string => `${HEAD}distribution: { waybill: ${yaml} }\n`

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
      /: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER is not read, because the file counts/,
    ),
  ])
  expect(options.sampling.sampler).toEqual({ type: 'parent_based', root: { type: 'always_on' } })
  expect(options.integrations.disabled).toEqual(['dns'])
  expect(options.banner).toBe(false)
})

describe('a file that cannot be read: one line, and the environment counts', () => {
  test.each([
    ['a: [', 'is no YAML'],
    ['\tx', 'is no YAML'],
    ['- a', 'is no mapping'],
    ['', 'is no mapping'],
    ['a: 1', 'has no file_format'],
    ['file_format: "0.4"', 'has a file_format that is not 1.x'],
    ['file_format: "2.0"', 'has a file_format that is not 1.x'],
    [`${HEAD}${'# 0123456789\n'.repeat(30_000)}`, 'has more than 262144 bytes'],
    [`${HEAD}a: ${'['.repeat(5000)}`, 'is nested deeper'],
    [`${HEAD}a:\n  ${'- '.repeat(5000)}x`, 'is nested deeper'],
    [
      `${HEAD}a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join()}]`)
        .join('\n')}\n`,
      'too many aliases',
    ],
  ])('%.40j', (yaml, says) => {
    const { lines, options } = readFile(yaml, { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_EXPORTER: 'console' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^WAYBILL_BAD_FILE: OTEL_CONFIG_FILE=.*Used instead: the environment\.$/)
    expect(lines[0]).toContain(says)
    expect(options.exporters.traces).toEqual(['console'])
  })
})

describe('a part that cannot be understood: one line that names the place, and the rest counts', () => {
  const processors = (yaml: string): string => `${SDK}tracer_provider: { processors: [ ${yaml} ] }\n`
  const bad: [yaml: string, says: string][] = [
    [`${SDK}frobnicate: 1\n`, 'waybill.yaml frobnicate is not supported here'],
    [`${SDK}log_level: loud\n`, 'waybill.yaml log_level=loud is unknown'],
    [`${SDK}disabled: maybe\n`, 'waybill.yaml disabled=maybe is neither true nor false'],
    [`${SDK}tracer_provider: 5\n`, 'waybill.yaml tracer_provider=5 is no mapping'],
    [
      `${SDK}attribute_limits: { attribute_count_limit: -1 }\n`,
      'attribute_limits.attribute_count_limit=-1 is not 0 or more',
    ],
    [`${HEAD}propagator: { composite: [{ foo: }, { b3: }] }\n`, 'waybill.yaml propagator=foo is unknown'],
    [
      processors('{ batch: { schedule_delay: 5s, exporter: { console: } } }'),
      'processors[0].batch.schedule_delay',
    ],
    [
      processors('{ batch: { schedule_delay: 5s, exporter: { otlp_grpc: } } }'),
      'processors[0].batch.schedule_delay=5s is not a number. Nearest: 5000',
    ],
    [processors('{ batch: { } }'), 'processors[0].batch.exporter is missing'],
    [processors('{ acme: { } }'), 'processors[0].acme is a processor that is not supported here'],
    [
      processors('{ batch: { exporter: { acme: } } }'),
      'exporter.acme is an exporter that is not supported here',
    ],
    [
      processors('{ batch: { exporter: { otlp_file/development: } } }'),
      'otlp_file/development is an exporter that is not supported here',
    ],
    [
      processors('{ batch: { exporter: { otlp_grpc: } } }, { batch: { exporter: { otlp_http: } } }'),
      'is a second exporter of the kind otlp',
    ],
    [
      processors('{ batch: { exporter: { otlp_grpc: { endpoint: "ftp://x" } } } }'),
      'otlp_grpc.endpoint=ftp://x is not a URL',
    ],
    [processors('{ batch: { exporter: { otlp_http: { encoding: xml } } } }'), 'encoding=xml is unknown'],
    [
      processors('{ batch: { exporter: { otlp_grpc: { compression: zip } } } }'),
      'compression=zip is unknown',
    ],
    [
      `${SDK}tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: { acme: } }\n`,
      'sampler.acme is unknown',
    ],
    [
      `${SDK}tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: { always_on: , always_off: } }\n`,
      'sampler must have exactly one key, and has 2',
    ],
    [
      `${SDK}tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: { trace_id_ratio_based: { ratio: 5 } } }\n`,
      'ratio=5 is not a number from 0 to 1',
    ],
    [
      `${SDK}tracer_provider: { processors: [{ simple: { exporter: { console: } } }], tracer_configurator/development: {} }\n`,
      'tracer_configurator/development is not supported here',
    ],
    [
      `${SDK}tracer_provider: { processors: [{ simple: { exporter: { console: } } }], id_generator: { acme: } }\n`,
      'id_generator.acme is unknown',
    ],
    [
      `${SDK}meter_provider: { readers: [{ periodic: { interval: 1, exporter: { console: } } }] }\n`,
      'periodic.interval=1 is not from 10',
    ],
    [
      `${SDK}meter_provider: { readers: [{ periodic: { exporter: { console: }, cardinality_limits: { default: 5 } } }] }\n`,
      'cardinality_limits is not supported here',
    ],
    [
      `${SDK}resource: { detection/development: { detectors: [{ container: }] } }\n`,
      'container is a detector that is not supported here',
    ],
    [
      `${SDK}resource: { attributes: [{ name: a, value: x, type: int }] }\n`,
      'resource.attributes[0] has no name, or no value of its type',
    ],
    [`${SDK}resource: { attributes_list: "a=1,b" }\n`, 'resource.attributes_list has a pair'],
    [
      `${HEAD}instrumentation/development: { general: { http: {} } }\n`,
      'instrumentation/development.general is not supported here',
    ],
    [
      `${HEAD}instrumentation/development: { js: { htp: { a: 1 } } }\n`,
      'js.htp=htp names no instrumentation. Nearest: http',
    ],
    [waybill('{ banner: 1 }'), 'distribution.waybill.banner=1 is neither true nor false'],
    [waybill('{ bannner: true }'), 'distribution.waybill.bannner is unknown'],
    [waybill('{ redaction: { sqll: true } }'), 'distribution.waybill.redaction.sqll is unknown'],
    [waybill('{ redaction: 5 }'), 'distribution.waybill.redaction is no mapping'],
    [waybill('{ sampling: { rules: [{ name: a }] } }'), 'rules[0] must have one of drop, ratio, per_second'],
    [waybill('{ sampling: { rules: [{ ratio: 7 }] } }'), 'rules[0].ratio=7 is not a number from 0 to 1'],
    [waybill('{ sampling: { rules: [{ kind: sever, drop: true }] } }'), 'rules[0].kind=sever is unknown'],
    [waybill('{ sampling: { rules: [{ path: /a, drop: true }] } }'), 'rules[0].path is not supported here'],
    [waybill('{ sampling: { keep: { slow: 1s } } }'), 'sampling.keep.slow=1s is not a number. Nearest: 1000'],
    [waybill('{ components_off: [actions] }'), 'components_off=actions is unknown here'],
    [
      waybill('{ instrumentations: { options: { http: { ignoredPaths: [/a] } } } }'),
      'options.http.ignoredPaths is no option of http',
    ],
    [
      waybill('{ instrumentations: { disabled: [mongo] } }'),
      'instrumentations.disabled=mongo names no instrumentation',
    ],
  ]
  test.each(bad)('%s', (yaml, says) => {
    const { lines } = readFile(yaml)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(says)
    expect(lines[0]).toMatch(/Used instead: /)
  })
})

test('no secret of the file is printed', () => {
  const { lines } = readFile(`${SDK}
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_grpc:
            endpoint: ftp://me:hunter2@host?key=hunter2
            headers: [{ name: "bad name", value: hunter2 }, { name: [hunter2] }]
            headers_list: "hunter2"
            compression: "Bearer hunter2"
`)
  expect(lines.length).toBeGreaterThan(2)
  expect(lines.join('\n')).not.toContain('hunter2')
})
