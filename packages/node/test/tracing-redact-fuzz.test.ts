// A planted secret never survives.
import type { AnyValue } from '@opentelemetry/api'
import fc from 'fast-check'
import { Redaction } from '../src/tracing/redact/redact.ts'
import { redactSql } from '../src/tracing/redact/sql.ts'
import { text } from './support/redacted.ts'

const RUNS = { seed: 17, numRuns: 1000 }
const SECRET = 'S3cr3tPlanted'
const word = fc.stringMatching(/^[a-z0-9.-]{1,12}$/)
const around = fc.string({ maxLength: 40 }).map((given) => given.replaceAll(/["'\\]/g, ''))

test('in the credentials of a URL, in any text', () => {
  const special = fc.string({
    unit: fc.constantFrom('a', '1', ':', '!', '$', '%', '+', '~', '(', '='),
    maxLength: 6,
  })
  fc.assert(
    fc.property(around, word, word, special, word, around, (before, scheme, user, extra, host, after) => {
      for (const credentials of [`${user}:${extra}${SECRET}${extra}`, `${SECRET}${extra}`, `:${SECRET}`]) {
        const given = `${before} ${scheme}://${credentials}@${host}/p ${after}`
        expect(text(given)).not.toContain(SECRET)
        const record = { body: given as AnyValue, attributes: {} }
        new Redaction().redactLog(record)
        expect(record.body).not.toContain(SECRET)
      }
    }),
    RUNS,
  )
})

test('in a sensitive query value', () => {
  const names = [
    'sig',
    'token',
    'access_token',
    'KEY',
    'api-key',
    'X-Amz-Credential',
    'code',
    'client_secret',
  ]
  const value = fc.string({
    unit: fc.constantFrom('a', '%', '=', '+', '/', '.', '?', '-', ':', '@', 'é'),
    maxLength: 6,
  })
  fc.assert(
    fc.property(
      around,
      fc.constantFrom(...names),
      fc.constantFrom('?', '&', '#', ';'),
      value,
      around,
      (before, name, separator, extra, after) => {
        expect(text(`${before}/p${separator}${name}=${extra}${SECRET}${extra} ${after}`)).not.toContain(
          SECRET,
        )
      },
    ),
    RUNS,
  )
})

test('in an SQL literal of any flavour', () => {
  const piece = fc.constantFrom(
    "'",
    "''",
    '"',
    '\\',
    '--',
    '/*',
    '*/',
    '$$',
    '`',
    ';',
    '\n',
    'x',
    '(',
    '#',
    '$a$',
  )
  const systems = ['postgresql', 'mysql', 'mssql', 'oracle', 'sqlite', undefined]
  const quoted: Record<string, (literal: string) => string> = {
    postgresql: (literal) => `'${literal.replaceAll("'", "''")}'`,
    mysql: (literal) => `'${literal.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  }
  const clause = fc.constantFrom('a = 1 AND ', 'b IN (2,3) OR ', '"c" > 4.5 AND ', 'd LIKE ', '', 'f(x) <> ')
  fc.assert(
    fc.property(
      clause,
      fc.array(piece, { maxLength: 6 }),
      fc.array(piece, { maxLength: 6 }),
      (before, left, right) => {
        for (const system of systems) {
          const quote = quoted[system ?? ''] ?? quoted['postgresql']!
          const literal = quote(`${left.join('')}${SECRET}${right.join('')}`)
          const sql = `SELECT x FROM t WHERE ${before}y = ${literal} AND z = ${quote(`${SECRET}${right.join('')}`)}`
          expect(redactSql(sql, system)).not.toContain(SECRET)
        }
      },
    ),
    RUNS,
  )
})

test('no text makes it throw, or hang', () => {
  const redaction = new Redaction()
  const characters = Array.from('\'"\\/*-#$@:?&=;[]{}()a1 \n%')
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 200 }),
  )
  const run = fc.check(
    fc.property(hostile, hostile, (key, value) => {
      const given = { [key]: value, 'db.statement': value, 'url.full': value, 'url.query': value }
      redaction.redactLog({ body: value, attributes: given })
      for (const system of ['mysql', 'mssql', 'postgresql', 'x']) redactSql(value, system)
    }),
    RUNS,
  )
  expect(run.failed).toBe(false)
})

test('long texts take time in proportion', () => {
  const long = (unit: string): string => unit.repeat(200_000 / unit.length)
  const started = performance.now()
  for (const unit of [
    '//a:',
    '//@',
    '?a=',
    '&=',
    "'",
    '$a',
    '/*',
    'a',
    '=',
    '//a:b@',
    'authorization:',
    '1.',
    '[',
    '"\\',
  ]) {
    text(long(unit))
    redactSql(long(unit), 'mysql')
    redactSql(long(unit), 'postgresql')
  }
  expect(performance.now() - started).toBeLessThan(5000)
})
