import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { injectHeaders, withOperation } from '@waybill/core'
import * as kafkajs from 'kafkajs'
import { forEachMessage, transform } from '../src/index.ts'
import { instrumentKafkaJs, startTestKafka, textOf, type Handler, type TestKafka } from './support/kafka.ts'
import { drawTrees, recordTelemetry, type Recorded } from './support/spans.ts'
import { until } from './support/until.ts'

/** kafkajs's own functions, as they are now. */
const functionsNow = () => {
  const { producer, consumer } = Object.getOwnPropertyDescriptors(kafkajs.Kafka.prototype)
  return { producer: producer.value!, consumer: consumer.value! }
}
const bare = functionsNow()
let recorded: Recorded
let kafka: TestKafka
let instrumented: ReturnType<typeof instrumentKafkaJs>
/** kafkajs does not try again after a RangeError or TypeError. */
class Refusal extends Error {
  override name = 'Refusal'
}
const handlers = new Map<string, Handler>()
const TOPICS = [
  'one',
  'many',
  'kept',
  'left',
  'right',
  'failing',
  'batch',
  'again',
  'out',
  'huge',
  'tx',
  'raw',
]

beforeAll(async () => {
  recorded = recordTelemetry()
  instrumented = instrumentKafkaJs()
  kafka = await startTestKafka()
  await kafka.makeTopics(...TOPICS)
  await Promise.all([
    kafka.consume(
      TOPICS.filter((topic) => topic !== 'batch' && topic !== 'again'),
      { eachMessage: async (payload) => void (await handlers.get(payload.topic)?.(payload)) },
      'singles',
    ),
    kafka.consume(
      ['batch', 'again'],
      {
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => {
          recorded.tracer.startSpan('whole batch').end()
          await forEachMessage(
            payload,
            async (delivery) => handlers.get(delivery.topic)?.(delivery as never),
            {
              concurrency: 2,
            },
          )
        },
      },
      'batches',
    ),
  ])
}, 30_000)

afterAll(async () => {
  await kafka.stop()
  instrumented.unpatch()
  await recorded.stop()
}, 30_000)

beforeEach(() => {
  recorded.reset()
  handlers.clear()
})

const processed = (topic: string, count: number) =>
  until(
    () => recorded.spans().filter(({ name }) => name === `process ${topic}`).length >= count,
    `${count} process spans of ${topic}`,
  )
const inTrace = <T>(name: string, fn: () => Promise<T>): Promise<T> =>
  recorded.tracer.startActiveSpan(name, (span) => fn().finally(() => span.end()))

describe('producer', () => {
  // request
  // └ send one            PRODUCER
  //   └ process one       CONSUMER
  //     └ work
  test('one message: the send span is what the consumer continues', async () => {
    const headers = { kind: 'parcel', many: ['a', Buffer.from('b')] }
    const message = { key: 'secret', value: 'v', partition: 1, headers }
    const before = structuredClone({ ...message, headers: { kind: 'parcel', many: 2 } })
    let seen: { tenant: string | undefined; traceId: string | undefined; headers: unknown } | undefined
    handlers.set('one', async ({ message: received }) => {
      recorded.tracer.startSpan('work').end()
      seen = {
        tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value,
        traceId: trace.getActiveSpan()?.spanContext().traceId,
        headers: received.headers,
      }
    })

    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
    const answer = await context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () =>
      inTrace('request', () =>
        withOperation('post', { id: 'a1b2c3d4' }, () =>
          kafka.producer.send({ topic: 'one', messages: [message] }),
        ),
      ),
    )
    await processed('one', 1)

    expect(drawTrees(recorded.spans())).toBe(
      ['request INTERNAL', '  send one PRODUCER', '    process one CONSUMER', '      work INTERNAL'].join(
        '\n',
      ),
    )
    const send = recorded.span('send one')
    const [host, port] = kafka.broker.split(':')
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
    expect(recorded.span('process one').attributes).toEqual({
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
    await inTrace('request', () =>
      kafka.producer.send({ topic: 'many', messages: [{ value: 'a' }, { value: null }] }),
    )
    await processed('many', 2)

    expect(drawTrees(recorded.spans())).toBe(
      [
        'request INTERNAL',
        '  create many PRODUCER',
        '    process many CONSUMER',
        '  create many PRODUCER',
        '    process many CONSUMER',
        '  send many CLIENT →2',
      ].join('\n'),
    )
    const creates = recorded.spans().filter(({ name }) => name === 'create many')
    const send = recorded.span('send many')
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
    const origin = recorded.tracer.startSpan('origin')
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
    handlers.set('kept', async ({ message }) => headersOf.set(textOf(message.value), message.headers))
    await inTrace('request', () => kafka.producer.send({ topic: 'kept', messages }))
    await processed('kept', 4)

    expect(drawTrees(recorded.spans())).toBe(
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
    await inTrace('request', () => kafka.producer.sendBatch(batch))
    await processed('right', 2)
    await processed('left', 1)
    expect(drawTrees(recorded.spans())).toBe(
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
    const producer = kafka.kafka.producer({
      transactionalId: 'tx-1',
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    await inTrace('request', async () => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'tx', messages: [{ value: 'in' }] })
      await transaction.commit()
    })
    await producer.disconnect()
    await processed('tx', 1)
    // request → send tx → process tx
    expect(drawTrees(recorded.spans())).toBe(
      ['request INTERNAL', '  send tx PRODUCER', '    process tx CONSUMER'].join('\n'),
    )
  })

  test('no more than 128 links, but the true count', async () => {
    const messages = Array.from({ length: 130 }, (_, index) => ({ value: String(index) }))
    await kafka.producer.send({ topic: 'huge', messages })
    const send = recorded.span('send huge')
    expect(send.links).toHaveLength(128)
    expect(send.droppedLinksCount).toBe(0)
    expect(send.attributes['messaging.batch.message_count']).toBe(130)
    await processed('huge', 130)
  })

  test('an error comes out as it was and is on the span', async () => {
    const producer = kafka.kafka.producer()
    const failure = await producer
      .send({ topic: 'one', messages: [{ value: 'v' }] })
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kafkajs.KafkaJSError)
    const send = recorded.span('send one')
    expect(send.status).toMatchObject({ code: SpanStatusCode.ERROR, message: 'The producer is disconnected' })
    expect(send.attributes['error.type']).toBe('KafkaJSError')
    expect(await recorded.points('messaging.client.sent.messages')).toContainEqual(
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
    const plain = bare.producer.call(kafka.kafka)
    await plain.connect()
    const send = async (producer: kafkajs.Producer) =>
      String(await producer.send(record as never).catch((error: unknown) => error))
    expect(await send(kafka.producer)).toBe(await send(plain))
    expect(recorded.spans()).toEqual([])
    await plain.disconnect()
  })

  test('functions look as they did', () => {
    const plain = bare.producer.call(kafka.kafka)
    for (const name of ['send', 'sendBatch', 'transaction'] as const) {
      expect(kafka.producer[name]).toHaveProperty('name', plain[name].name)
      expect(kafka.producer[name]).toHaveLength(plain[name].length)
      expect(Object.getOwnPropertyNames(kafka.producer[name])).toEqual(
        Object.getOwnPropertyNames(plain[name]),
      )
    }
    expect(Object.keys(kafka.producer)).toEqual(Object.keys(plain))
    expect(functionsNow().producer).toHaveProperty('name', 'producer')
    expect(Object.keys(kafkajs.Kafka.prototype)).toEqual([])
  })
})

describe('consumer', () => {
  // request
  // └ send failing        PRODUCER
  //   ├ process failing   CONSUMER ERROR
  //   └ process failing   CONSUMER         kafkajs's second try
  test('an error of the handler is on its span, and kafkajs tries again as ever', async () => {
    let calls = 0
    handlers.set('failing', async () => {
      if (++calls === 1) throw new Refusal('cannot')
    })
    await inTrace('request', () => kafka.producer.send({ topic: 'failing', messages: [{ value: 'v' }] }))
    await processed('failing', 2)
    expect(drawTrees(recorded.spans())).toBe(
      [
        'request INTERNAL',
        '  send failing PRODUCER',
        '    process failing CONSUMER ERROR',
        '    process failing CONSUMER',
      ].join('\n'),
    )
    const failed = recorded.spans().find(({ status }) => status.code === SpanStatusCode.ERROR)!
    expect(failed.attributes['error.type']).toBe('Refusal')
    expect(failed.events.map(({ name }) => name)).toEqual(['exception'])
  })

  // A                                B
  // ├ create batch                   ├ create batch
  // │ └ process batch  →1 (poll)     │ └ process batch  →1 (poll)
  // │   └ send out                   │   └ send out
  // │     └ process out              │     └ process out
  // and in a trace of its own:
  // poll batch            CLIENT →2
  // └ whole batch         what the handler does for the batch itself
  test('records of two traces in one batch: what each causes stays in its own', async () => {
    const tenants = new Map<string, unknown>()
    const note = (place: string) =>
      tenants.set(place, propagation.getActiveBaggage()?.getEntry('tenant')?.value)
    handlers.set('batch', async ({ message }) => {
      note(`batch ${textOf(message.value)}`)
      await kafka.producer.send({ topic: 'out', messages: [{ value: message.value }] })
    })
    handlers.set('out', async ({ message }) => note(`out ${textOf(message.value)}`))
    const record = (name: string) => {
      const span = recorded.tracer.startSpan(name, { kind: SpanKind.PRODUCER }, ROOT_CONTEXT)
      span.end()
      const baggage = propagation.createBaggage({ tenant: { value: `tenant-${name}` } })
      const ctx = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), baggage)
      return { value: name, partition: 0, headers: injectHeaders<string>(ctx, {}) }
    }
    await kafka.producer.send({ topic: 'batch', messages: [record('A'), record('B')] })
    await processed('out', 2)

    const traces = Map.groupBy(recorded.spans(), (span) => span.spanContext().traceId)
    for (const name of ['A', 'B']) {
      const spans = traces.get(recorded.span(name).spanContext().traceId)!
      expect(drawTrees(spans)).toBe(
        [
          `${name} PRODUCER`,
          '  process batch CONSUMER →1',
          '    send out PRODUCER',
          '      process out CONSUMER',
        ].join('\n'),
      )
    }
    const poll = recorded.span('poll batch')
    expect(drawTrees(traces.get(poll.spanContext().traceId)!)).toBe(
      ['poll batch CLIENT →2', '  whole batch INTERNAL'].join('\n'),
    )
    expect(poll.links.map((link) => link.context.traceId).toSorted()).toEqual(
      ['A', 'B'].map((name) => recorded.span(name).spanContext().traceId).toSorted(),
    )
    expect(poll.attributes).toMatchObject({
      'messaging.operation.name': 'poll',
      'messaging.operation.type': 'receive',
      'messaging.batch.message_count': 2,
      'messaging.consumer.group.name': 'batches',
    })
    const inBatch = recorded.spans().find(({ name }) => name === 'process batch')!
    expect(inBatch.links[0]!.context.spanId).toBe(poll.spanContext().spanId)
    expect(inBatch.attributes).toMatchObject({
      'messaging.consumer.group.name': 'batches',
      'messaging.client.id': 'test-client',
    })
    expect(Object.fromEntries(tenants)).toEqual({
      'batch A': 'tenant-A',
      'batch B': 'tenant-B',
      'out A': 'tenant-A',
      'out B': 'tenant-B',
    })
  })

  test('an error in a batch: kafkajs gives again what was not done, and only that', async () => {
    const given: string[] = []
    handlers.set('again', async ({ message }) => {
      const value = textOf(message.value)!
      given.push(value)
      if (value === '3' && given.filter((one) => one === '3').length === 1) throw new Error('once')
    })
    const messages = ['1', '2', '3', '4'].map((value) => ({ value, partition: 0 }))
    await kafka.producer.send({ topic: 'again', messages })
    await until(
      () => given.filter((value) => value === '4').length >= 1 && given.length >= 5,
      'the second try',
    )
    expect(given.filter((value) => value === '1' || value === '2')).toEqual(['1', '2'])
    expect(given.filter((value) => value === '3')).toEqual(['3', '3'])
  })
})

// request
// └ send raw
//   └ process raw           CONSUMER ERROR (of the second record only)
//     └ transform enrich
//       └ send out          the producer's own span, and no other
//         └ process out
test('a transform sends through the instrumented producer', async () => {
  const options = { producer: kafka.producer, to: 'out', deadLetter: 'left' }
  const handler = transform('enrich', options, (message: kafkajs.KafkaMessage) => {
    if (textOf(message.value) === 'bad') throw new Refusal('cannot')
    return { value: 'w', headers: { ...message.headers } }
  })
  handlers.set('raw', handler)
  await inTrace('good', () => kafka.producer.send({ topic: 'raw', messages: [{ value: 'good' }] }))
  await processed('out', 1)
  await inTrace('poor', () => kafka.producer.send({ topic: 'raw', messages: [{ value: 'bad' }] }))
  await processed('left', 1)
  await processed('raw', 2)
  expect(drawTrees(recorded.spans())).toBe(
    [
      'good INTERNAL',
      '  send raw PRODUCER',
      '    process raw CONSUMER',
      '      transform enrich INTERNAL',
      '        send out PRODUCER',
      '          process out CONSUMER',
      'poor INTERNAL',
      '  send raw PRODUCER',
      '    process raw CONSUMER ERROR',
      '      dead letter left INTERNAL',
      '        send left PRODUCER',
      '          process left CONSUMER',
      '      transform enrich INTERNAL ERROR',
    ].join('\n'),
  )
})

test('a consumer that is stopped within a batch leaves the rest to the next one', async () => {
  await kafka.makeTopics('stopped')
  const values = Array.from({ length: 5 }, (_, index) => String(index))
  await kafka.producer.send({ topic: 'stopped', messages: values.map((value) => ({ value, partition: 0 })) })
  const given: string[] = []
  const second = Promise.withResolvers<void>()
  // kafkajs's defaults: it resolves whole batches by itself.
  const eachBatch: kafkajs.EachBatchHandler = async (payload) => {
    await forEachMessage(payload, async ({ message }) => {
      given.push(textOf(message.value)!)
      if (given.length < 2) return
      second.resolve()
      await until(() => !payload.isRunning(), 'the consumer to stop')
    })
  }
  const config = { eachBatch }
  const consumer = await kafka.consume(['stopped'], config)
  expect(config).toEqual({ eachBatch })
  expect(config.eachBatch).toBe(eachBatch)
  await second.promise
  await consumer.stop()
  expect(given).toEqual(['0', '1'])
  const admin = kafka.kafka.admin()
  await admin.connect()
  const [committed] = await admin.fetchOffsets({ groupId: 'group-stopped', topics: ['stopped'] })
  await admin.disconnect()
  expect(committed!.partitions.find(({ partition }) => partition === 0)).toMatchObject({ offset: '2' })
}, 30_000)

test('the key is on the spans when asked for', async () => {
  instrumented.instrumentation.setConfig({ recordMessageKey: true })
  await kafka.producer.send({ topic: 'one', messages: [{ key: 'parcel-1', value: 'v' }] })
  await processed('one', 1)
  instrumented.instrumentation.setConfig({})
  const keys = recorded.spans().map(({ attributes }) => attributes['messaging.kafka.message.key'])
  expect(keys).toEqual(['parcel-1', 'parcel-1'])
})

test('metrics of sending and handling', async () => {
  await kafka.producer.send({ topic: 'one', messages: [{ value: 'v' }] })
  await processed('one', 1)
  for (const [name, operation] of [
    ['messaging.client.operation.duration', 'send'],
    ['messaging.client.sent.messages', 'send'],
    ['messaging.client.consumed.messages', 'process'],
    ['messaging.process.duration', 'process'],
  ] as const) {
    expect(await recorded.points(name)).toContainEqual(
      expect.objectContaining({
        attributes: expect.objectContaining({
          'messaging.destination.name': 'one',
          'messaging.operation.name': operation,
          'messaging.system': 'kafka',
        }),
      }),
    )
  }
})

test('disabled: nothing is traced, and the prototype is as it was', async () => {
  instrumented.instrumentation.disable()
  const before = recorded.spans().length
  await kafka.producer.send({ topic: 'one', messages: [{ value: 'v' }] })
  expect(recorded.spans()).toHaveLength(before)
  instrumented.unpatch()
  expect(functionsNow()).toEqual(bare)
  expect(functionsNow().producer).toBe(bare.producer)
})
