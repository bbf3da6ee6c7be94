import fc from 'fast-check'
import { knownVariables } from '../src/options/misspelt.ts'
import { readQuickly } from '../src/options/quick.ts'
import { read } from './support/read.ts'

// Any environment: no exception, no endless work, lines of one line each, and no secret in them.

const SECRET = 'hunter2hunter2'
const NAMES = [...knownVariables()].filter((name) => !name.endsWith('CONFIG_FILE'))

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }).map((text) => `OTEL_${text.replace(/[=\0]/g, '')}`) },
  {
    weight: 1,
    arbitrary: fc
      .string({ maxLength: 12 })
      .map((text) => `WAYBILL_INSTRUMENTATION_${text.replace(/[=\0]/g, '')}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...NAMES), fc.nat(40))
      .map(([known, at]) => known.slice(0, at) + known.slice(at + 1)),
  },
)
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom(
    'true',
    'none',
    'otlp',
    'grpc',
    '=,=',
    '%',
    '://',
    'http://',
    'localhost:4317',
    ',,,',
    '__proto__',
    '9'.repeat(400),
  ),
  fc.array(fc.string({ maxLength: 8 })).map((list) => list.join(',')),
  fc.webUrl(),
)

test('any environment', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 12 }), (env) => {
      const { options, lines } = read(env)
      expect(options.spans.batchSize).toBeGreaterThan(0)
      expect(options.spans.batchSize).toBeLessThanOrEqual(65_536)
      for (const endpoint of Object.values(options.endpoints)) expect(URL.canParse(endpoint.url)).toBe(true)
      for (const line of lines) expect(line).toMatch(/^WAYBILL_[A-Z_]+: /)
    }),
    { numRuns: 500 },
  )
})

test('what is read quickly is right, and what is wrong is never read quickly', () => {
  const plain = fc.oneof(
    fc.tuple(name, value),
    fc.tuple(
      fc.constantFrom(...NAMES),
      fc.constantFrom(
        'true',
        'false',
        '0.5',
        '1',
        '1000',
        'none',
        'otlp',
        'console',
        'grpc',
        'http://a:1',
        'a=b',
        'http,pg',
        'debug',
        'gzip',
        'traceidratio',
        'always_on',
        'b3',
      ),
    ),
  )
  let quickly = 0
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 4 }), (pairs) => {
      const env = Object.fromEntries(pairs)
      const quick = readQuickly(env)
      if (!quick) return
      quickly++
      const { options, lines } = read(env)
      expect(lines).toEqual([])
      expect(quick).toEqual({
        disabled: options.disabled,
        debug: options.debug,
        integrations: options.integrations,
        metrics: options.exporters.metrics.length > 0,
      })
    }),
    { numRuns: 3000 },
  )
  expect(quickly).toBeGreaterThan(300)
})

const secretPlace = fc.oneof(
  fc
    .constantFrom(...NAMES.filter((known) => known.endsWith('_HEADERS') && known.startsWith('OTEL')))
    .chain((known) =>
      fc.tuple(
        fc.constant(known),
        fc.oneof(
          fc.constantFrom(
            SECRET,
            `authorization ${SECRET}`,
            `a=%zz${SECRET}`,
            `=${SECRET}`,
            `a b=${SECRET}`,
            `x=${SECRET}\n`,
          ),
          fc.string({ maxLength: 10 }).map((text) => `${text}${SECRET},${text}`),
        ),
      ),
    ),
  fc
    .constantFrom(...NAMES.filter((known) => known.endsWith('_ENDPOINT')))
    .chain((known) =>
      fc.tuple(
        fc.constant(known),
        fc.constantFrom(
          `ftp://user:${SECRET}@host`,
          `http://user:${SECRET}@`,
          `user:${SECRET}@host:99999`,
          `ftp://host/?key=${SECRET}`,
          `host:1?token=${SECRET}`,
          `htps://${SECRET}@host`,
        ),
      ),
    ),
  fc
    .constantFrom(...NAMES)
    .chain((known) =>
      fc.tuple(
        fc.constant(known),
        fc.constantFrom(
          `Bearer ${SECRET}`,
          `Basic ${SECRET}`,
          `password=${SECRET}`,
          `api-key: ${SECRET}`,
          `https://a:${SECRET}@b/`,
          `x?token=${SECRET}`,
        ),
      ),
    ),
)

test('no secret is printed, wherever it stands', () => {
  fc.assert(
    fc.property(secretPlace, ([variable, text]) => {
      for (const env of [{ [variable]: text }, { [variable.replace('OTLP', 'OLTP')]: text }]) {
        expect(read(env).lines.join('\n')).not.toContain(SECRET)
      }
    }),
    { numRuns: 500 },
  )
})
