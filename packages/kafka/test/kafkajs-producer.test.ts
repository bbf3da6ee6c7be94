import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { injectHeaders, withOperation } from '@waybill/core'
import * as kafkajs from 'kafkajs'
import { textOf } from './support/kafka.ts'
import { functionsNow, useKafkaJs } from './support/kafkajs.ts'
import { drawTrees } from './support/spans.ts'

const js = useKafkaJs({ singles: ['one', 'many', 'kept', 'left', 'right', 'huge', 'tx'] })

// request
// └ send one            PRODUCER
//   └ process one       CONSUMER
//     └ work
test('one message: the send span is what the consumer continues', async () => {
  const headers = { kind: 'parcel', many: ['a', Buffer.from('b')] }
  const message = { key: 'secret', value: 'v', partition: 1, headers }
  const before = structuredClone({ ...message, headers: { kind: 'parcel', many: 2 } })
  let seen: { tenant: string | undefined; traceId: string | undefined; headers: unknown } | undefined
  js.handlers.set('one', async ({ message: received }) => {
    js.recorded.tracer.startSpan('work').end()
    seen = {
      tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value,
      traceId: trace.getActiveSpan()?.spanContext().traceId,
      headers: received.headers,
    }
  })

  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
  const answer = await context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () =>
    js.inTrace('request', () =>
      withOperation('post', { id: 'a1b2c3d4' }, () =>
        js.kafka.producer.send({ topic: 'one', messages: [message] }),
      ),
    ),
  )
  await js.processed('one', 1)

  expect(drawTrees(js.recorded.spans())).toBe(
    ['request INTERNAL', '  send one PRODUCER', '    process one CONSUMER', '      work INTERNAL'].join('\n'),
  )
  const send = js.recorded.span('send one')
  const [host, port] = js.kafka.broker.split(':')
  const common = {
    'messaging.system': 'kafka',
    'messaging.destination.name': 'one',
    'messaging.destination.partition.id': '1',
    'messaging.kafka.offset': Number(answer[0]!.baseOffset),
    'messaging.client.id': 'test-client',
    'server.address': host,
    'server.port': Number(port),
  }
  expect(send.attributes).toEqual({
    ...common,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
  })
  expect(js.recorded.span('process one').attributes).toEqual({
    ...common,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.consumer.group.name': 'singles',
  })
  expect(seen).toMatchObject({ tenant: 'acme', traceId: send.spanContext().traceId })
  expect(Object.keys(seen!.headers as object).toSorted()).toEqual(
    ['baggage', 'kind', 'many', 'operation_id', 'traceparent'].toSorted(),
  )
  expect((seen!.headers as { operation_id: Buffer }).operation_id.toString()).toBe('a1b2c3d4')
  // The caller's objects are as they were.
  expect({ ...message, headers: { ...headers, many: headers.many.length } }).toEqual(before)
})

// request
// ├ create many         PRODUCER  × 2
// │ └ process many      CONSUMER
// └ send many           CLIENT    links to both
test('several messages: one create span each, the send span links to them', async () => {
  await js.inTrace('request', () =>
    js.kafka.producer.send({ topic: 'many', messages: [{ value: 'a' }, { value: null }] }),
  )
  await js.processed('many', 2)

  expect(drawTrees(js.recorded.spans())).toBe(
    [
      'request INTERNAL',
      '  create many PRODUCER',
      '    process many CONSUMER',
      '  create many PRODUCER',
      '    process many CONSUMER',
      '  send many CLIENT →2',
    ].join('\n'),
  )
  const creates = js.recorded.spans().filter(({ name }) => name === 'create many')
  const send = js.recorded.span('send many')
  expect(send.links.map(({ context: { spanId } }) => spanId)).toEqual(
    creates.map((span) => span.spanContext().spanId),
  )
  expect(send.attributes).toMatchObject({
    'messaging.batch.message_count': 2,
    'messaging.operation.name': 'send',
  })
  expect(creates.map(({ attributes }) => attributes['messaging.kafka.message.tombstone'])).toEqual([
    undefined,
    true,
  ])
})

// origin
// └ process kept        CONSUMER  (× 3, one for each way a header may be written)
// request
// ├ create kept         PRODUCER  for the message whose traceparent is garbage
// │ └ process kept
// └ send kept           CLIENT    links to all 4
test('a creation context that is there is kept; an ill-formed one is not', async () => {
  const origin = js.recorded.tracer.startSpan('origin')
  const { traceparent } = injectHeaders(trace.setSpan(ROOT_CONTEXT, origin), {}) as { traceparent: string }
  origin.end()
  const hostile = Buffer.concat([Buffer.from('00-'), Buffer.alloc(60, 0xff)])
  const messages = [
    { value: 'string', headers: { traceparent } },
    { value: 'buffer', headers: { traceparent: Buffer.from(traceparent) } },
    { value: 'array', headers: { traceparent: [Buffer.from(traceparent), 'second'] } },
    { value: 'hostile', headers: { traceparent: hostile, tracestate: '\u0000' } },
  ]
  const headersOf = new Map<string | undefined, object | undefined>()
  js.handlers.set('kept', async ({ message }) => headersOf.set(textOf(message.value), message.headers))
  await js.inTrace('request', () => js.kafka.producer.send({ topic: 'kept', messages }))
  await js.processed('kept', 4)

  expect(drawTrees(js.recorded.spans())).toBe(
    [
      'origin INTERNAL',
      ...Array<string>(3).fill('  process kept CONSUMER'),
      'request INTERNAL',
      '  create kept PRODUCER',
      '    process kept CONSUMER',
      '  send kept CLIENT →4',
    ].join('\n'),
  )
  expect(headersOf.get('string')).toEqual({ traceparent: Buffer.from(traceparent) })
  expect(headersOf.get('hostile')).not.toHaveProperty('tracestate')
  expect(messages[3]!.headers.traceparent).toBe(hostile)
})

// origin
// └ process one         CONSUMER
// request
// └ send one            CLIENT    links to origin
test('one message with a creation context keeps it too', async () => {
  const origin = js.recorded.tracer.startSpan('origin')
  const { traceparent } = injectHeaders(trace.setSpan(ROOT_CONTEXT, origin), {}) as { traceparent: string }
  origin.end()
  const message = { value: 'v', headers: { traceparent } }
  await js.inTrace('request', () => js.kafka.producer.send({ topic: 'one', messages: [message] }))
  await js.processed('one', 1)
  expect(drawTrees(js.recorded.spans())).toBe(
    ['origin INTERNAL', '  process one CONSUMER', 'request INTERNAL', '  send one CLIENT →1'].join('\n'),
  )
})

// request
// ├ create right        PRODUCER × 2 (two entries of one topic)
// │ └ process right
// ├ send left           PRODUCER
// │ └ process left
// └ send right          CLIENT →2
test('sendBatch: a send span for each topic', async () => {
  const batch = {
    topicMessages: [
      { topic: 'left', messages: [{ value: '1' }] },
      { topic: 'right', messages: [{ value: '2' }] },
      { topic: 'right', messages: [{ value: '3' }] },
    ],
  }
  const before = structuredClone(batch)
  await js.inTrace('request', () => js.kafka.producer.sendBatch(batch))
  await js.processed('right', 2)
  await js.processed('left', 1)
  expect(drawTrees(js.recorded.spans())).toBe(
    [
      'request INTERNAL',
      '  create right PRODUCER',
      '    process right CONSUMER',
      '  create right PRODUCER',
      '    process right CONSUMER',
      '  send left PRODUCER',
      '    process left CONSUMER',
      '  send right CLIENT →2',
    ].join('\n'),
  )
  expect(batch).toEqual(before)
})

test('a transaction sends as a producer does', async () => {
  const producer = js.kafka.kafka.producer({
    transactionalId: 'tx-1',
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  await js.inTrace('request', async () => {
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'tx', messages: [{ value: 'in' }] })
    await transaction.commit()
  })
  await producer.disconnect()
  await js.processed('tx', 1)
  // request → send tx → process tx
  expect(drawTrees(js.recorded.spans())).toBe(
    ['request INTERNAL', '  send tx PRODUCER', '    process tx CONSUMER'].join('\n'),
  )
})

test('no more than 128 links, but the true count', async () => {
  const messages = Array.from({ length: 130 }, (_, index) => ({ value: String(index) }))
  await js.kafka.producer.send({ topic: 'huge', messages })
  const send = js.recorded.span('send huge')
  expect(send.links).toHaveLength(128)
  expect(send.droppedLinksCount).toBe(0)
  expect(send.attributes['messaging.batch.message_count']).toBe(130)
  await js.processed('huge', 130)
})

test('an error comes out as it was and is on the span', async () => {
  const producer = js.kafka.kafka.producer()
  const failure = await producer
    .send({ topic: 'one', messages: [{ value: 'v' }] })
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(kafkajs.KafkaJSError)
  const send = js.recorded.span('send one')
  expect(send.status).toMatchObject({ code: SpanStatusCode.ERROR, message: 'The producer is disconnected' })
  expect(send.attributes['error.type']).toBe('KafkaJSError')
  expect(await js.recorded.points('messaging.client.sent.messages')).toContainEqual(
    expect.objectContaining({ attributes: expect.objectContaining({ 'error.type': 'KafkaJSError' }) }),
  )
})

test.each([
  ['nothing', undefined],
  ['null', null],
  ['no topic', { messages: [{ value: 'v' }] }],
  ['no messages', { topic: 'one' }],
  ['a message that is none', { topic: 'one', messages: [undefined] }],
  ['no value', { topic: 'one', messages: [{ key: 'k' }] }],
  ['headers that are null', { topic: 'one', messages: [{ value: 'v', headers: null }] }],
])('what kafkajs refuses, it refuses as without us: %s', async (_, record) => {
  const plain = js.bare.producer.call(js.kafka.kafka)
  await plain.connect()
  const send = async (producer: kafkajs.Producer) =>
    String(await producer.send(record as never).catch((error: unknown) => error))
  expect(await send(js.kafka.producer)).toBe(await send(plain))
  expect(js.recorded.spans()).toEqual([])
  await plain.disconnect()
})

test('functions look as they did', () => {
  const plain = js.bare.producer.call(js.kafka.kafka)
  for (const name of ['send', 'sendBatch', 'transaction'] as const) {
    expect(js.kafka.producer[name]).toHaveProperty('name', plain[name].name)
    expect(js.kafka.producer[name]).toHaveLength(plain[name].length)
    expect(Object.getOwnPropertyNames(js.kafka.producer[name])).toEqual(
      Object.getOwnPropertyNames(plain[name]),
    )
  }
  expect(Object.keys(js.kafka.producer)).toEqual(Object.keys(plain))
  expect(functionsNow().producer).toHaveProperty('name', 'producer')
  expect(Object.keys(kafkajs.Kafka.prototype)).toEqual([])
})
