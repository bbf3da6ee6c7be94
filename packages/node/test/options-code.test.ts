import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { readInstrumentations } from '../src/options/instrumentations.ts'
import { mapCode } from '../src/options/code.ts'
import { readConfigFile } from '../src/options/file.ts'
import type { Options } from '../src/options/options.ts'
import { describe as describeProblems } from '../src/options/problems.ts'
import { readWith } from '../src/options/read.ts'
import { Reader } from '../src/options/reader.ts'
import type { StartOptions } from '../src/start-options.ts'

function read(
  options: StartOptions,
  env: Record<string, string> = {},
): { options: Options; lines: string[] } {
  const code = mapCode({ name: 'start', options })
  const named = new Reader(env, undefined, code.byVariable).given({ env: 'OTEL_CONFIG_FILE', kind: 'path' })
  const file = named && readConfigFile(named, env)
  const reader = new Reader(env, file, code.byVariable)
  const { options: plain, problems } = readWith(reader)
  const files = file?.instrumentations ?? []
  const config = readInstrumentations(reader.instrumentations, files, problems, code.instrumentations)
  const whole = code.complete(file ? file.complete(plain) : plain, plain)
  return {
    options: { ...whole, integrations: { ...whole.integrations, config } },
    lines: describeProblems({
      problems: [...code.problems, ...problems],
      unasked: reader.unasked,
    }).map(({ code: word, text }) => `${word}: ${text}`),
  }
}

describe('code beats the environment', () => {
  test('for all signals, what is said for one', () => {
    const { options, lines } = read(
      { endpoint: 'http://code:4317', headers: { A: 'x, y=é' }, compression: 'gzip', timeout: 7 },
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://env:1',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=c',
        OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
      },
    )
    expect(lines).toEqual([])
    const endpoint = { url: 'http://code:4317', headers: { a: 'x, y=é' }, gzip: true, timeout: 7 }
    expect(options.endpoints).toMatchObject({ traces: endpoint, metrics: endpoint })
    expect(options.endpoints.traces?.headers).not.toHaveProperty('b')
  })

  test.each<[StartOptions, Record<string, string>, unknown]>([
    [
      { sampling: { ratio: 0.25 } },
      { OTEL_TRACES_SAMPLER: 'always_off' },
      { type: 'parent_based', root: { type: 'probability', ratio: 0.25 } },
    ],
    [
      { sampling: { sampler: 'always_on' } },
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
      { type: 'always_on' },
    ],
    [
      { sampling: { sampler: 'traceidratio', ratio: 1 } },
      { OTEL_TRACES_SAMPLER_ARG: '0.5' },
      { type: 'probability', ratio: 1 },
    ],
    [
      {},
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
      { type: 'probability', ratio: 0.5 },
    ],
  ])('sampler of %j with %j', (given, env, sampler) => {
    const { options, lines } = read(given, env)
    expect(lines).toEqual([])
    expect(options.sampling.sampler).toEqual(sampler)
  })

  test('an empty list is one, undefined is none', () => {
    const { options } = read(
      { instrumentations: { disabled: [], enabled: [] }, propagators: [], serviceName: undefined },
      { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg', OTEL_SERVICE_NAME: 'env', OTEL_PROPAGATORS: 'b3' },
    )
    expect(options.integrations).toMatchObject({ enabled: [], disabled: [] })
    expect(options.propagators).toEqual([])
    expect(options.serviceName).toBe('env')
  })

  test('true, false or how', () => {
    expect(read({ redaction: false }).options.redaction).toBe(false)
    const how = read({ redaction: { deny: ['user.*'] } }, { WAYBILL_REDACTION: 'false' })
    expect(how.options.redaction).toMatchObject({ deny: ['user.*'], urls: true })
    expect(read({ spool: false }).options.spool.enabled).toBe(false)
    expect(read({ spool: { maxBytes: 70_000 } }).options.spool).toMatchObject({
      enabled: true,
      maxBytes: 70_000,
    })
    expect(read({ spool: { enabled: false, dir: '/x' } }).options.spool.enabled).toBe(false)
  })

  test('rules, keep and its limits, resource', () => {
    const { options, lines } = read({
      sampling: {
        rules: [
          { route: '/healthz', drop: true },
          { eventType: ['a.*'], kind: 'consumer', perSecond: 2, burst: 4 },
        ],
        keep: { errors: true, slow: 500, maxTraces: 7 },
      },
      resource: { team: 'x', shards: [1, 2] },
    })
    expect(lines).toEqual([])
    expect(options.sampling).toMatchObject({
      rules: [
        { route: ['/healthz'], drop: true },
        { eventType: ['a.*'], kind: ['consumer'], perSecond: 2, burst: 4 },
      ],
      keep: { errors: true, slow: 500, maxTraces: 7 },
    })
    expect(options.resourceAttributes).toEqual({ team: 'x', shards: [1, 2] })
  })

  test('options of instrumentations, with what only code can give', () => {
    const hook = (): void => {}
    const { options, lines } = read(
      {
        instrumentations: {
          options: { http: { ignorePaths: ['/a'] }, 'http-otel': { requestHook: hook, serverName: 's' } },
        },
      },
      { WAYBILL_INSTRUMENTATION_HTTP_IGNORE_PATHS: '/b' },
    )
    expect(lines).toEqual([])
    expect(options.integrations.config).toEqual({
      http: { ignorePaths: ['/a'] },
      'http-otel': { requestHook: hook, serverName: 's' },
    })
  })
})

test('code beats the file, the file the rest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'code-'))
  try {
    const configFile = join(folder, 'waybill.yaml')
    writeFileSync(
      configFile,
      `
file_format: '1.0'
resource: { attributes: [{ name: service.name, value: file }, { name: team, value: file }] }
tracer_provider:
  processors: [{ batch: { exporter: { otlp_http: { endpoint: 'http://file:4318/v1/traces' } } } }]
  sampler: { always_off: }
distribution: { waybill: { trace_id: uuidv7, sampling: { rules: [{ route: /x, drop: true }] } } }
`,
    )
    const code = { configFile, serviceName: 'code', sampling: { ratio: 0.5 }, endpoint: 'http://code:4318' }
    const { options, lines } = read(code, { OTEL_SERVICE_NAME: 'env' })
    expect(lines.filter((line) => !line.includes('OTEL_SERVICE_NAME'))).toEqual([])
    expect(options).toMatchObject({
      serviceName: 'code',
      resourceAttributes: { 'service.name': 'code', team: 'file' },
      traceIds: 'uuidv7',
      sampling: {
        sampler: { type: 'parent_based', root: { type: 'probability', ratio: 0.5 } },
        rules: [{ route: ['/x'], drop: true }],
      },
      endpoints: { traces: { protocol: 'http/protobuf', url: 'http://code:4318/v1/traces' } },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('mistakes', () => {
  test.each<[unknown, string]>([
    [{ sevriceName: 'x' }, 'start({…}) sevriceName is no option of start(); known are serviceName,'],
    [
      { exporters: { trace: 'otlp' } },
      'start({…}) exporters.trace is no option of start(); known are traces,',
    ],
    [{ protocol: 'grcp' }, 'start({…}) protocol=grcp is unknown; known are grpc,'],
    [{ sampling: { ratio: 2 } }, 'start({…}) sampling.ratio=2 is not from 0 to 1.'],
    [{ sampling: { rules: [{ route: '/x' }] } }, 'start({…}) sampling.rules[0] must have one of drop,'],
    [{ sampling: { rules: 'x' } }, 'start({…}) sampling.rules=x is no list.'],
    [{ resource: { a: {} } }, 'start({…}) resource.a is neither text, number,'],
    [{ headers: { 'a=b': 'c' } }, 'start({…}) headers has a header that cannot be sent; it is left out.'],
    [{ headers: { a: 'Bearer \ud800' } }, 'start({…}) headers has a header that cannot be sent;'],
    [{ timeout: Number.NaN }, 'start({…}) timeout=NaN is not a number.'],
    [{ serviceName: {} }, 'start({…}) serviceName is neither text, number nor true or false.'],
    [{ instrumentations: { options: { kafakjs: { x: 1 } } } }, 'names no instrumentation. Nearest: kafkajs.'],
    [{ instrumentations: { disabled: ['nope'] } }, 'start({…}) instrumentations.disabled=nope names no'],
    ['x', 'start({…}) options=x is no mapping.'],
  ])('%j is one line', (given, line) => {
    const { lines } = read(given as StartOptions)
    expect(lines).toEqual([expect.stringContaining(line)])
    expect(lines[0]).toMatch(/^WAYBILL_BAD_VALUE: .* Used instead: /)
  })

  test('whatever is given, it throws nothing and shows no secret', () => {
    const keys = ['serviceName', 'headers', 'exporters', 'sampling', 'resource', 'instrumentations', 'spool']
    const anything = fc.anything({ key: fc.constantFrom('traces', 'rules', 'keep', 'options', 'http', 'a') })
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), anything), (given) => {
        read(given as StartOptions)
      }),
      { numRuns: 300 },
    )
    const { lines } = read({ headers: { authorization: 'Bearer s3cret', 'x=y': 's3cret', z: 's3cret\n' } })
    expect(lines.join()).not.toContain('s3cret')
    expect(lines).not.toEqual([])
  })
})
