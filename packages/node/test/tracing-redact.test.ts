import { SpanStatusCode, type AnyValue, type Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import type { RedactionConfig } from '../src/tracing/config.ts'
import { Redaction } from '../src/tracing/redact/redact.ts'
import { redactSql } from '../src/tracing/redact/sql.ts'

const RUNS = { seed: 17, numRuns: 1000 }

function attributes(given: Attributes, config?: RedactionConfig): Attributes {
  const record = { attributes: { ...given } }
  new Redaction(config).redactLog(record)
  return record.attributes
}

const text = (value: string, config?: RedactionConfig): unknown => attributes({ value }, config)['value']

describe('URLs', () => {
  test.each([
    ['https://bob:hunter2@example.com/a', 'https://REDACTED:REDACTED@example.com/a'],
    ['https://ghp_token@github.com/a.git', 'https://REDACTED@github.com/a.git'],
    ['postgres://u:p%40ss@db:5432/x?sslmode=off', 'postgres://REDACTED:REDACTED@db:5432/x?sslmode=off'],
    ['redis://:pw@cache:6379/0', 'redis://REDACTED:REDACTED@cache:6379/0'],
    ['amqp://u:pa/ss@broker/vhost', 'amqp://REDACTED:REDACTED@broker/vhost'],
    ['mongodb://u:p?s#s@a:1,b:2/x', 'mongodb://REDACTED:REDACTED@a:1,b:2/x'],
    ['amqp://u:p?key=x&rest@broker/v', 'amqp://REDACTED:REDACTED@broker/v'],
    ['https://u:p@a/ and https://v:q@b/', 'https://REDACTED:REDACTED@a/ and https://REDACTED:REDACTED@b/'],
    ['//bob:pw@host/a', '//REDACTED:REDACTED@host/a'],
    ['/a?sig=abc&page=2', '/a?sig=REDACTED&page=2'],
    ['/a?page=2&X-Amz-Signature=f00&X-Amz-Date=1', '/a?page=2&X-Amz-Signature=REDACTED&X-Amz-Date=1'],
    ['/a?AWSAccessKeyId=AKIA&X-Goog-Signature=1', '/a?AWSAccessKeyId=REDACTED&X-Goog-Signature=REDACTED'],
    ['/cb?code=4/0A&state=xyz', '/cb?code=REDACTED&state=xyz'],
    ['/#access_token=abc&token_type=bearer', '/#access_token=REDACTED&token_type=bearer'],
    ['/a;jsessionid=F00&x=1', '/a;jsessionid=REDACTED&x=1'],
    ['/a?user[password]=x&%70assword=y', '/a?user[password]=REDACTED&%70assword=REDACTED'],
    ['/a?API-KEY=1&Subscription-Key=2&pwd=3', '/a?API-KEY=REDACTED&Subscription-Key=REDACTED&pwd=REDACTED'],
    ['GET "https://a.b/?token=abc" failed', 'GET "https://a.b/?token=REDACTED" failed'],
    ['{"url":"/x?secret=abc","n":1}', '{"url":"/x?secret=REDACTED","n":1}'],
    ['headers: { Authorization: Bearer abc.def }', 'headers: { Authorization: REDACTED'],
    ["{'cookie': 'sid=abc; b=1', host: 'x'}", "{'cookie': 'REDACTED', host: 'x'}"],
  ])('%s', (given, expected) => {
    expect(text(given)).toBe(expected)
    // A second time changes nothing.
    expect(text(expected)).toBe(expected)
  })

  test.each([
    'https://example.com:8443/users/@me?page=2&size=20#top',
    'https://registry.example/@scope/pkg',
    'http://[::1]:3000/a@b',
    'mail to bob@example.com = fine, code=200, key=value',
    'a == b && c = d',
    'exit code: 1',
    '/keys?keyboard=1&codec=h264&tokens',
    'Authorization is missing',
  ])('%s stays', (given) => {
    expect(text(given)).toBe(given)
  })

  test('query attributes have no question mark', () => {
    const given = { 'url.query': 'token=abc&page=2', 'db.connection_string': 'Server=a;Password="x y";Uid=b' }
    expect(attributes(given)).toEqual({
      'url.query': 'token=REDACTED&page=2',
      'db.connection_string': 'Server=a;Password=REDACTED;Uid=b',
    })
    expect(attributes({ 'db.connection_string': 'host=a password=x dbname=b' })).toEqual({
      'db.connection_string': 'host=a password=REDACTED dbname=b',
    })
  })

  test('more names, and none at all', () => {
    expect(text('/a?Member-No=17', { query: ['member_no'] })).toBe('/a?Member-No=REDACTED')
    expect(text('https://u:p@a/?sig=1', { urls: false })).toBe('https://u:p@a/?sig=1')
  })
})

describe('credentials by their name', () => {
  test('headers that were captured', () => {
    const given = {
      'http.request.header.authorization': ['Bearer abc'],
      'http.request.header.cookie': ['a=1', 'b=2'],
      'http.response.header.set-cookie': ['a=1'],
      'http.request.header.x_api_key': 'k',
      'http.request.header.proxy-authorization': ['x'],
      'http.request.header.accept': ['*/*'],
      'rpc.grpc.request.metadata.authorization': ['x'],
    }
    expect(attributes(given)).toEqual({
      'http.request.header.authorization': 'REDACTED',
      'http.request.header.cookie': 'REDACTED',
      'http.response.header.set-cookie': 'REDACTED',
      'http.request.header.x_api_key': 'REDACTED',
      'http.request.header.proxy-authorization': 'REDACTED',
      'http.request.header.accept': ['*/*'],
      'rpc.grpc.request.metadata.authorization': 'REDACTED',
    })
    expect(attributes({ 'http.request.header.cookie': ['a=1'] }, { headers: false })).toEqual({
      'http.request.header.cookie': ['a=1'],
    })
  })

  test('lists and maps are looked through, and not changed themselves', () => {
    const body = {
      req: { headers: { Authorization: 'Bearer abc', host: 'a' }, urls: ['/x?sig=1', '/y'] },
      n: 1,
    }
    const record: { body?: AnyValue; attributes: Attributes } = { body, attributes: {} }
    new Redaction().redactLog(record)
    expect(record.body).toEqual({
      req: { headers: { Authorization: 'REDACTED', host: 'a' }, urls: ['/x?sig=REDACTED', '/y'] },
      n: 1,
    })
    expect(body.req.headers.Authorization).toBe('Bearer abc')
  })
})

describe('deny and allow', () => {
  test('denied attributes are hidden, whatever they are', () => {
    expect(attributes({ 'user.id': 17, 'user.name': 'bob', user: 'x' }, { deny: ['user.*'] })).toEqual({
      'user.id': 'REDACTED',
      'user.name': 'REDACTED',
      user: 'x',
    })
  })

  test('deny all but what is allowed; what is allowed is still cleaned', () => {
    const config = { deny: ['*'], allow: ['http.*', 'url.full'] }
    expect(attributes({ 'http.route': '/a', 'url.full': 'http://u:p@a/', other: 'x' }, config)).toEqual({
      'http.route': '/a',
      'url.full': 'http://REDACTED:REDACTED@a/',
      other: 'REDACTED',
    })
  })
})

describe('SQL', () => {
  const pg = (sql: string): string => redactSql(sql, 'postgresql')
  const mysql = (sql: string): string => redactSql(sql, 'mysql')

  test.each([
    ["SELECT * FROM t1 WHERE a = 'x' AND b = 17", 'SELECT * FROM t1 WHERE a = ? AND b = ?'],
    ["WHERE a = 'it''s' AND b", 'WHERE a = ? AND b'],
    ["WHERE a = 'C:\\' AND b = 'x'", 'WHERE a = ? AND b = ?'],
    ["WHERE a = E'it\\'s' AND b = 'x'", 'WHERE a = ? AND b = ?'],
    ['WHERE "name" = $1 AND x = :y', 'WHERE "name" = $1 AND x = :y'],
    ['SELECT $$secret$$, $q$a $$ b$q$, 1', 'SELECT ?, ?, ?'],
    ['SELECT 1.5e-10, 0xFF, .5, -3, 1e5, t.2x', 'SELECT ?, ?, ?, -?, ?, t.?'],
    ["SELECT x'ab', B'01', N'n', U&'d', DATE '2020-01-01'", 'SELECT ?, ?, ?, U&?, DATE ?'],
    ["SELECT a -- 'secret'\nFROM b /* 'x' /* nested */ 1 */ WHERE c = 2", 'SELECT a  \nFROM b   WHERE c = ?'],
    ['SELECT data::jsonb ? 17 FROM col_2', 'SELECT data::jsonb ? ? FROM col_2'],
    ["INSERT INTO t VALUES ('a', 'b", 'INSERT INTO t VALUES (?, ?'],
    ['SELECT $$never closed', 'SELECT ?'],
    ["COPY t FROM 'x'", 'COPY t FROM ?'],
  ])('PostgreSQL: %s', (given, expected) => {
    expect(pg(given)).toBe(expected)
    expect(pg(expected)).toBe(expected)
  })

  test.each([
    [
      'SELECT `na``me` FROM t WHERE a = "x\\"y" AND b = \'p\\\'q\'',
      'SELECT `na``me` FROM t WHERE a = ? AND b = ?',
    ],
    ["SELECT 1 # 'secret'\n+ 2", 'SELECT ?  \n+ ?'],
    ["SELECT /*!50000 'a' */ b", 'SELECT /*!50000 ? */ b'],
    ["SELECT _utf8mb4'abc', @var, @@session.x", 'SELECT ?, @var, @@session.x'],
  ])('MySQL: %s', (given, expected) => {
    expect(mysql(given)).toBe(expected)
  })

  test.each([
    [
      'mssql',
      "SELECT [it's 5] FROM t WHERE a = N'x' AND @p1 = 2",
      "SELECT [it's 5] FROM t WHERE a = ? AND @p1 = ?",
    ],
    ['oracle', "SELECT q'[it's]', nq'{x}' FROM dual WHERE a = :1", 'SELECT ?, ? FROM dual WHERE a = :1'],
    ['sqlite', 'SELECT a FROM t WHERE b = "bob" AND c = ?1', 'SELECT a FROM t WHERE b = ? AND c = ?1'],
    ['unknown', "WHERE a = 'x\\' OR b = 'secret'", 'WHERE a = ?'],
  ])('%s: %s', (system, given, expected) => {
    expect(redactSql(given, system)).toBe(expected)
  })

  test('on spans: by the database they name', () => {
    const sql = "SELECT 1 WHERE a = 'x'"
    expect(attributes({ 'db.system.name': 'postgresql', 'db.query.text': sql })['db.query.text']).toBe(
      'SELECT ? WHERE a = ?',
    )
    expect(attributes({ 'db.statement': sql })['db.statement']).toBe('SELECT ? WHERE a = ?')
    const redis = { 'db.system': 'redis', 'db.statement': "SET key 'x' 1" }
    expect(attributes(redis)).toEqual(redis)
    expect(attributes({ 'db.statement': sql }, { sql: false })['db.statement']).toBe(sql)
  })
})

describe('spans', () => {
  test('attributes, events, links, status, name', () => {
    const url = 'https://bob:hunter2@a.b/x?token=abc'
    const clean = 'https://REDACTED:REDACTED@a.b/x?token=REDACTED'
    const span = {
      name: `GET ${url}`,
      attributes: { 'url.full': url, n: 1 },
      events: [
        {
          name: 'exception',
          attributes: {
            'exception.message': `cannot get ${url}`,
            'exception.stacktrace': `Error: ${url}\n at x`,
          },
        },
        { name: 'empty' },
      ],
      links: [{ attributes: { url } }, {}],
      status: { code: SpanStatusCode.ERROR, message: url },
    } as unknown as ReadableSpan
    new Redaction().redactSpan(span)
    expect(span).toEqual({
      name: `GET ${clean}`,
      attributes: { 'url.full': clean, n: 1 },
      events: [
        {
          name: 'exception',
          attributes: {
            'exception.message': `cannot get ${clean}`,
            'exception.stacktrace': `Error: ${clean}\n at x`,
          },
        },
        { name: 'empty' },
      ],
      links: [{ attributes: { url: clean } }, {}],
      status: { code: SpanStatusCode.ERROR, message: clean },
    })
  })
})

describe('a planted secret never survives', () => {
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
    const clause = fc.constantFrom(
      'a = 1 AND ',
      'b IN (2,3) OR ',
      '"c" > 4.5 AND ',
      'd LIKE ',
      '',
      'f(x) <> ',
    )
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
})
