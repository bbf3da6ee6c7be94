import type * as fs from 'node:fs'
import { readEndpoint } from '../src/options/endpoint.ts'
import { readOptions, resourceAttribute } from '../src/options/read.ts'

/** The lines a read prints on stderr. */
function problemsOf(env: Record<string, string>): {
  lines: string[]
  options: ReturnType<typeof readOptions>
} {
  const lines: string[] = []
  const write = jest.spyOn(jest.requireActual<typeof fs>('node:fs'), 'writeSync')
  write.mockImplementation(((_fd: number, text: string) => lines.push(text.trim())) as never)
  ;(globalThis as { [key: symbol]: unknown })[Symbol.for('waybill.reported')] = new Set()
  try {
    return { options: readOptions(env), lines }
  } finally {
    write.mockRestore()
  }
}

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
    expect(readEndpoint(env, 'traces')).toMatchObject({ protocol, url })
  })

  test.each([
    ['localhost:4317', 'http://localhost:4317'],
    ['10.1.2.3:4317', 'http://10.1.2.3:4317'],
    ['collector:4317', 'http://collector:4317'],
    ['otel.example.com:4317', 'https://otel.example.com:4317'],
    ['[::1]:4317', 'http://[::1]:4317'],
  ])('without a scheme: %s → %s, and it is said', (text, url) => {
    const { lines, options } = problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: text })
    expect(options.endpoints.traces?.url).toBe(url)
    expect(lines).toEqual([expect.stringMatching(/^waybill: WAYBILL_BAD_ENDPOINT: .* names no scheme/)])
  })

  test('one line for a bad endpoint, though three signals read it, and no secret in it', () => {
    const { lines, options } = problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://me:hunter2@host?key=s3cret' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('is not a URL')
    expect(lines[0]).not.toMatch(/hunter2|s3cret/)
    expect(options.endpoints.traces?.url).toBe('http://localhost:4317')
  })

  test('headers: decoded, lower case, the signal’s own win; a bad pair is said without its text', () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc,x-a=1,broken-s3cret,x-b=%0d%0ainject',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-a=2',
    }
    const { lines, options } = problemsOf(env)
    expect(options.endpoints.traces?.headers).toEqual({ authorization: 'Bearer abc', 'x-a': '2' })
    expect(lines).toHaveLength(1)
    expect(lines.join()).not.toMatch(/s3cret|inject/)
  })
})

describe('a value that cannot be understood: one line, the default, no crash', () => {
  test.each([
    [
      { OTEL_TRACES_SAMPLER: 'foo' },
      'OTEL_TRACES_SAMPLER=foo is unknown',
      { sampler: { name: 'parentbased_always_on', ratio: 1 } },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'abc' },
      'OTEL_TRACES_SAMPLER_ARG=abc is not a number',
      { sampler: { name: 'traceidratio', ratio: 1 } },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      'OTEL_TRACES_SAMPLER_ARG=2 is not from 0 to 1',
      { sampler: { name: 'traceidratio', ratio: 1 } },
    ],
    [
      { OTEL_PROPAGATORS: 'foo' },
      'OTEL_PROPAGATORS: foo is unknown',
      { propagators: ['tracecontext', 'baggage'] },
    ],
    [{ OTEL_PROPAGATORS: 'foo,baggage' }, 'OTEL_PROPAGATORS: foo is unknown', { propagators: ['baggage'] }],
    [
      { OTEL_TRACES_EXPORTER: 'jaeger' },
      'OTEL_TRACES_EXPORTER: jaeger is unknown',
      { exporters: { traces: ['otlp'] } },
    ],
    [
      { OTEL_BSP_SCHEDULE_DELAY: '-3' },
      'OTEL_BSP_SCHEDULE_DELAY=-3 is not from 0',
      { spans: { delay: 5000 } },
    ],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grcp' }, 'OTEL_EXPORTER_OTLP_PROTOCOL=grcp is unknown', {}],
    [{ OTEL_SDK_DISABLED: 'yes' }, 'OTEL_SDK_DISABLED=yes is neither true nor false', { disabled: false }],
  ])('%j', (env, line, options) => {
    const read = problemsOf(env as Record<string, string>)
    expect(read.lines).toHaveLength(1)
    expect(read.lines[0]).toContain(line)
    expect(read.options).toMatchObject(options)
  })

  test('good values print nothing', () => {
    const { lines, options } = problemsOf({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_PROPAGATORS: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'otlp,console',
    })
    expect(lines).toEqual([])
    expect(options.sampler).toEqual({ name: 'parentbased_traceidratio', ratio: 0.25 })
    expect(options.propagators).toEqual([])
    expect(options.exporters).toEqual({ traces: ['otlp'], metrics: [], logs: ['otlp', 'console'] })
    expect(Object.keys(options.endpoints)).toEqual(['traces', 'logs'])
  })
})

test('one attribute of OTEL_RESOURCE_ATTRIBUTES', () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'a=1, service.name=my%20api ,b=%zz' }
  expect(resourceAttribute(env, 'service.name')).toBe('my api')
  expect(resourceAttribute(env, 'b')).toBe('%zz')
  expect(resourceAttribute(env, 'c')).toBeUndefined()
})
