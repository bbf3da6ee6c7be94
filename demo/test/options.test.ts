import { readOptions } from '../src/options.ts'

test('without anything: all is brought by the demo', () => {
  expect(readOptions([], {}, '/home')).toEqual({
    help: false,
    once: false,
    otlp: undefined,
    bare: undefined,
    own: { brokers: undefined, database: undefined, smtp: undefined, collector: undefined },
  })
})

test('--otlp is relative to the folder of the caller', () => {
  expect(readOptions(['--once', '--otlp', 'out.jsonl'], {}, '/home')).toMatchObject({
    once: true,
    otlp: '/home/out.jsonl',
  })
})

test('the user’s own servers', () => {
  const env = {
    KAFKA_BROKERS: 'a:1, b:2',
    DATABASE_URL: 'postgres://d',
    SMTP_URL: ' ',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317',
  }
  expect(readOptions([], env, '/').own).toEqual({
    brokers: ['a:1', 'b:2'],
    database: 'postgres://d',
    smtp: undefined,
    collector: 'http://c:4317',
  })
})

test('--otlp with a collector of the user’s own cannot be', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' }
  expect(() => readOptions(['--otlp', 'f'], env, '/')).toThrow(/unset OTEL_EXPORTER_OTLP_ENDPOINT/)
})

test('an unknown option is refused', () => {
  expect(() => readOptions(['--nope'], {}, '/')).toThrow(/--nope/)
})
