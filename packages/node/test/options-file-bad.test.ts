import { HEAD, SDK, useConfigFile, waybill } from './support/config-file.ts'

const readFile = useConfigFile()

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
