import { SpanStatusCode, type AnyValue, type Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { Redaction } from '../src/tracing/redact/redact.ts'
import { attributes, text } from './support/redacted.ts'

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

  test('a body that holds itself many times is bounded', () => {
    const knot: Record<string, AnyValue> = { authorization: 'abc', text: 'hello' }
    for (let i = 0; i < 20; i++) knot[`again${i}`] = knot
    const record: { body: AnyValue; attributes: Attributes } = { body: knot, attributes: { other: 'value' } }
    new Redaction().redactLog(record)
    expect(record.body).toMatchObject({ authorization: 'REDACTED', text: 'hello', again0: { text: 'hello' } })
    expect(JSON.stringify(record.body).split('"hello"').length).toBeLessThan(10_000)
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
