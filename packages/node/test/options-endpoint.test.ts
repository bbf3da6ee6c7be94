// Where telemetry goes, and how: the variables of OTLP and of the other exporters.
import { problemOf, type Bad } from './support/bad.ts'
import { read } from './support/read.ts'

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

const BAD: Bad[] = [
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' }, 'names no scheme', undefined, 'http://localhost:4317'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    'names no scheme',
    undefined,
    'http://localhost:4318',
  ],
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
  [{ OTEL_EXPORTER_PROMETHEUS_PORT: '70000' }, 'is not from 0 to 65535', '65535', '9464'],
  [
    { OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'zipkin:9411' },
    'is not a URL',
    undefined,
    'http://localhost:9411/api/v2/spans',
  ],
  [{ OTEL_EXPORTER_ENDPOINT: 'x' }, 'Is OTEL_EXPORTER_OTLP_ENDPOINT', undefined, ''],
]

test.each(BAD)(
  '%j is one line, with the nearest valid value and what is used',
  (env, says, nearest, used) => {
    expect(problemOf(env)).toEqual({ line: expect.stringContaining(says), nearest, used })
  },
)
