// OTLP over HTTP against real servers: what each answer comes to.
import type { HttpAnswer } from './support/collector.ts'
import { bytes, field, LATE, PARTIAL, useTransports } from './support/transports.ts'

const { http } = useTransports()

const status =
  (code: number, headers: Record<string, string> = {}, body: string | Buffer = ''): HttpAnswer =>
  (_request, response) =>
    void response.writeHead(code, headers).end(body)

test('a request: path, headers, the form of what is sent; connections are kept', async () => {
  const [transport, collector] = await http()
  for (const text of ['one', 'two', 'three']) {
    expect(await transport.send(bytes(text), 'protobuf')).toMatchObject({ kind: 'delivered', rejected: 0 })
  }
  await transport.send(bytes('{}'), 'json')
  expect(collector.bodies()).toEqual(['one', 'two', 'three', '{}'])
  expect(collector.sockets()).toBe(1)
  expect(collector.received.map(({ headers }) => headers['content-type'])).toEqual([
    'application/x-protobuf',
    'application/x-protobuf',
    'application/x-protobuf',
    'application/json',
  ])
  expect(collector.received[0]).toMatchObject({
    path: '/v1/traces',
    headers: { authorization: 'Bearer x' },
  })
  expect(transport.connected).toBe(true)
})

test.each([
  [429, { 'retry-after': '7' }, { kind: 'retry', after: 7000, unsure: false }],
  [503, {}, { kind: 'retry', after: undefined, unsure: false }],
  [502, {}, { kind: 'retry', unsure: true }],
  [504, { 'retry-after': 'nonsense' }, { kind: 'retry', after: undefined }],
  [503, { 'retry-after': '99999999' }, { kind: 'retry', after: 3_600_000 }],
  [400, {}, { kind: 'refused', reason: 'HTTP 400 (the collector could not read it)' }],
  [401, {}, { kind: 'refused', reason: 'HTTP 401 (check OTEL_EXPORTER_OTLP_HEADERS)' }],
  [403, {}, { kind: 'refused', reason: expect.stringContaining('no permission') as string }],
  [404, {}, { kind: 'refused', reason: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT') as string }],
  [413, {}, { kind: 'refused', reason: expect.stringContaining('OTEL_BSP_MAX_EXPORT_BATCH_SIZE') as string }],
  [500, {}, { kind: 'refused', error: '500' }],
  [
    307,
    { location: '/elsewhere' },
    { kind: 'refused', reason: expect.stringContaining('redirects') as string },
  ],
])('status %i %j', async (code, headers, outcome) => {
  const [transport] = await http(status(code, headers as Record<string, string>))
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject(outcome)
})

test('Retry-After as a date', async () => {
  const date = new Date(Date.now() + 60_000).toUTCString()
  const [transport] = await http(status(503, { 'retry-after': date }))
  const { after } = (await transport.send(bytes('x'), 'protobuf')) as { after: number }
  expect(after).toBeGreaterThan(57_000)
  expect(after).toBeLessThanOrEqual(60_000)
})

test.each([
  ['protobuf', { 'content-type': 'application/x-protobuf' }, PARTIAL],
  [
    'JSON',
    { 'content-type': 'application/json' },
    '{"partialSuccess":{"rejectedSpans":"5","errorMessage":"too old"}}',
  ],
])('partial success in %s', async (_name, headers, body) => {
  const [transport] = await http(status(200, headers as Record<string, string>, body))
  expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
    kind: 'delivered',
    rejected: 5,
    reason: 'too old',
  })
})

test('the message of an error is read, in protobuf too, and is bounded', async () => {
  const type = { 'content-type': 'application/x-protobuf' }
  const [transport] = await http(status(400, type, field(2, 'bad span')))
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
    reason: 'HTTP 400 (the collector could not read it): bad span',
  })
  const [long] = await http(status(400, { 'content-type': 'text/plain' }, 'x'.repeat(900_000)))
  expect(((await long.send(bytes('x'), 'protobuf')) as { reason: string }).reason.length).toBeLessThan(300)
})

test('an answer that does not end is not read to its end', async () => {
  const [transport] = await http((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more)
    }
    response.on('error', () => {})
    more()
  })
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
})

test('an answer that stalls: perhaps taken', async () => {
  const [transport] = await http((_request, response) => void response.writeHead(200).write('a part'), {
    timeout: 100,
  })
  expect(await transport.send(bytes('x'), 'protobuf')).toEqual(LATE)
})

test('reset in the middle: perhaps taken', async () => {
  const [transport] = await http((_request, response) => void response.socket?.resetAndDestroy())
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'retry', unsure: true })
})
