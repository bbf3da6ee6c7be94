import { propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { injectHeaders } from '@waybill/core'
import { deadLetterOf } from '../src/dead-letter.ts'
import { forEachMessage, transform, type ConsumedMessage, type ProducedMessage } from '../src/index.ts'
import { drawTrees, recordTelemetry, type Recorded } from './support/spans.ts'

let recorded: Recorded
beforeAll(() => void (recorded = recordTelemetry()))
beforeEach(() => recorded.reset())
afterAll(() => recorded.stop())

function received(): ConsumedMessage & { headers: Record<string, Buffer | string> } {
  const span = recorded.tracer.startSpan('origin', {}, ROOT_CONTEXT)
  span.end()
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
  const ctx = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), baggage)
  return {
    offset: '7',
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: injectHeaders(ctx, { kind: 'parcel' }),
  }
}

/** A producer that no instrumentation knows. */
function fakeProducer(failure?: Error) {
  const sent: { topic: string; messages: ProducedMessage[] }[] = []
  return {
    sent,
    send: async (record: { topic: string; messages: ProducedMessage[] }) => {
      if (failure) throw failure
      sent.push(record)
    },
  }
}

const handle = (message: ConsumedMessage, handler: ReturnType<typeof transform<ConsumedMessage>>) =>
  forEachMessage({ topic: 'in', partition: 2, messages: [message] }, handler)

// origin
// └ process in
//   └ transform enrich
//     └ send out
test('what is returned goes on in the trace of its record', async () => {
  const producer = fakeProducer()
  const message = received()
  const out = { value: 'w', headers: { own: 'header' } }
  const handler = transform('enrich', { producer, to: 'out' }, async (given, origin) => {
    expect(given).toBe(message)
    expect(origin).toEqual({ topic: 'in', partition: 2 })
    return out
  })
  await handle(message, handler)

  expect(drawTrees(recorded.spans())).toBe(
    [
      'origin INTERNAL',
      '  process in CONSUMER',
      '    transform enrich INTERNAL',
      '      send out PRODUCER',
    ].join('\n'),
  )
  const { traceId, spanId } = recorded.span('send out').spanContext()
  expect(producer.sent).toEqual([
    {
      topic: 'out',
      messages: [
        {
          value: 'w',
          headers: { own: 'header', traceparent: `00-${traceId}-${spanId}-01`, baggage: 'tenant=acme' },
        },
      ],
    },
  ])
  expect(out).toEqual({ value: 'w', headers: { own: 'header' } })
})

// origin
// └ transform enrich      no consumer opened a process span
//   └ send out
test('without a process span it continues from the headers', async () => {
  const handler = transform('enrich', { producer: fakeProducer(), to: 'out' }, () => ({ value: 'w' }))
  await handler({ topic: 'in', partition: 0, message: received() })
  expect(drawTrees(recorded.spans())).toBe(
    ['origin INTERNAL', '  transform enrich INTERNAL', '    send out PRODUCER'].join('\n'),
  )
})

test('headers copied from the record do not carry the old context on', async () => {
  const producer = fakeProducer()
  const message = received()
  await handle(
    message,
    transform('enrich', { producer, to: 'out' }, () => ({ value: 'w', headers: { ...message.headers } })),
  )
  const { headers } = producer.sent[0]!.messages[0]!
  expect(headers).toMatchObject({ kind: 'parcel', baggage: 'tenant=acme' })
  expect(headers!['traceparent']).toContain(recorded.span('send out').spanContext().spanId)
})

// process in
// └ transform split
//   ├ create out × 2
//   └ send out  →2
test('several messages, or none', async () => {
  const producer = fakeProducer()
  await handle(
    { offset: '1' },
    transform('split', { producer, to: 'out' }, () => [{ value: 'a' }, { value: 'b' }]),
  )
  expect(drawTrees(recorded.spans())).toBe(
    [
      'process in CONSUMER',
      '  transform split INTERNAL',
      '    create out PRODUCER',
      '    create out PRODUCER',
      '    send out CLIENT →2',
    ].join('\n'),
  )
  for (const nothing of [undefined, null, []]) {
    await handle(
      { offset: '1' },
      transform('filter', { producer, to: 'out' }, () => nothing),
    )
  }
  expect(producer.sent).toHaveLength(1)
})

// origin
// └ process in                ERROR
//   ├ dead letter out.dead
//   │ └ send out.dead
//   └ transform enrich        ERROR
test('a record that cannot be transformed goes to the dead letters, in its own trace', async () => {
  const producer = fakeProducer()
  const message = received()
  message.headers['nul'] = null as never
  const before = { ...message.headers }
  const handler = transform('enrich', { producer, to: 'out', deadLetter: 'out.dead' }, () => {
    throw Object.assign(new Error('x'.repeat(1000)), { code: 'E_DEPOT' })
  })
  await handle(message, handler)

  expect(drawTrees(recorded.spans())).toBe(
    [
      'origin INTERNAL',
      '  process in CONSUMER ERROR',
      '    dead letter out.dead INTERNAL',
      '      send out.dead PRODUCER',
      '    transform enrich INTERNAL ERROR',
    ].join('\n'),
  )
  const [{ topic, messages }] = producer.sent as [(typeof producer.sent)[0]]
  expect(topic).toBe('out.dead')
  expect(messages[0]).toMatchObject({
    key: message.key,
    value: message.value,
    headers: {
      kind: 'parcel',
      nul: '',
      baggage: 'tenant=acme',
      'x-origin-topic': 'in',
      'x-origin-partition': '2',
      'x-origin-offset': '7',
      'x-error-type': 'E_DEPOT',
      'x-error-message': 'x'.repeat(500),
      'x-first-seen': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    },
  })
  expect(messages[0]!.headers!['traceparent']).toContain(recorded.span('send out.dead').spanContext().spanId)
  expect(recorded.span('process in').attributes['error.type']).toBe('E_DEPOT')
  expect(message.headers).toEqual(before)
})

test('the first failure is kept where the record has it, well-formed', () => {
  const firstSeen = (value: string) =>
    deadLetterOf(
      { topic: 't', partition: 0, message: { headers: { 'x-first-seen': Buffer.from(value) } } },
      'no Error',
      new Date(0),
    ).headers
  expect(firstSeen('2026-01-02T03:04:05.678Z')).toMatchObject({
    'x-first-seen': '2026-01-02T03:04:05.678Z',
    'x-error-type': 'string',
    'x-error-message': 'no Error',
  })
  expect(firstSeen('yesterday\r\n')).toMatchObject({ 'x-first-seen': '1970-01-01T00:00:00.000Z' })
})

test('without dead letters the error comes out as it is', async () => {
  const failure = new Error('cannot')
  const producer = fakeProducer()
  const handler = transform('enrich', { producer, to: 'out' }, () => Promise.reject(failure))
  await expect(handle(received(), handler)).rejects.toBe(failure)
  expect(recorded.span('transform enrich').status.code).toBe(SpanStatusCode.ERROR)
  expect(recorded.span('process in').status.code).toBe(SpanStatusCode.ERROR)
})

test('a broker that is down is no dead letter: the error comes out, to be tried again', async () => {
  const failure = new Error('broker is down')
  const options = { producer: fakeProducer(failure), to: 'out', deadLetter: 'out.dead' }
  await expect(
    handle(
      received(),
      transform('enrich', options, () => ({ value: 'w' })),
    ),
  ).rejects.toBe(failure)
  const failing = transform('enrich', options, () => Promise.reject(new Error('cannot')))
  await expect(handle(received(), failing)).rejects.toBe(failure)
  expect(recorded.span('dead letter out.dead').status.code).toBe(SpanStatusCode.ERROR)
})

test.each([
  ['no name', '', {}],
  ['no topic', 'enrich', { to: '' }],
  ['an empty dead letter topic', 'enrich', { deadLetter: '' }],
  ['no producer', 'enrich', { producer: undefined as never }],
])('%s fails at once', (_, name, options) => {
  const complete = { producer: fakeProducer(), to: 'out', ...options }
  expect(() => transform(name, complete, () => undefined)).toThrow(/transform/)
})
