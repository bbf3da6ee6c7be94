import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { injectHeaders } from '@waybill/core'
import type * as kafkajs from 'kafkajs'
import { forEachMessage, transform } from '../src/index.ts'
import { textOf } from './support/kafka.ts'
import { functionsNow, useKafkaJs } from './support/kafkajs.ts'
import { drawTrees } from './support/spans.ts'
import { until } from './support/until.ts'

const js = useKafkaJs({ singles: ['one', 'left', 'failing', 'out', 'raw'], batches: ['batch', 'again'] })

/** kafkajs does not try again after a RangeError or TypeError. */
class Refusal extends Error {
  override name = 'Refusal'
}

describe('consumer', () => {
  // request
  // └ send failing        PRODUCER
  //   ├ process failing   CONSUMER ERROR
  //   └ process failing   CONSUMER         kafkajs's second try
  test('an error of the handler is on its span, and kafkajs tries again as ever', async () => {
    let calls = 0
    js.handlers.set('failing', async () => {
      if (++calls === 1) throw new Refusal('cannot')
    })
    await js.inTrace('request', () =>
      js.kafka.producer.send({ topic: 'failing', messages: [{ value: 'v' }] }),
    )
    await js.processed('failing', 2)
    expect(drawTrees(js.recorded.spans())).toBe(
      [
        'request INTERNAL',
        '  send failing PRODUCER',
        '    process failing CONSUMER ERROR',
        '    process failing CONSUMER',
      ].join('\n'),
    )
    const failed = js.recorded.spans().find(({ status }) => status.code === SpanStatusCode.ERROR)!
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
    js.handlers.set('batch', async ({ message }) => {
      note(`batch ${textOf(message.value)}`)
      await js.kafka.producer.send({ topic: 'out', messages: [{ value: message.value }] })
    })
    js.handlers.set('out', async ({ message }) => note(`out ${textOf(message.value)}`))
    const record = (name: string) => {
      const span = js.recorded.tracer.startSpan(name, { kind: SpanKind.PRODUCER }, ROOT_CONTEXT)
      span.end()
      const baggage = propagation.createBaggage({ tenant: { value: `tenant-${name}` } })
      const ctx = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), baggage)
      return { value: name, partition: 0, headers: injectHeaders<string>(ctx, {}) }
    }
    await js.kafka.producer.send({ topic: 'batch', messages: [record('A'), record('B')] })
    await js.processed('out', 2)

    const traces = Map.groupBy(js.recorded.spans(), (span) => span.spanContext().traceId)
    for (const name of ['A', 'B']) {
      const spans = traces.get(js.recorded.span(name).spanContext().traceId)!
      expect(drawTrees(spans)).toBe(
        [
          `${name} PRODUCER`,
          '  process batch CONSUMER →1',
          '    send out PRODUCER',
          '      process out CONSUMER',
        ].join('\n'),
      )
    }
    const poll = js.recorded.span('poll batch')
    expect(poll.parentSpanContext).toBeUndefined()
    expect(drawTrees(traces.get(poll.spanContext().traceId)!)).toBe(
      ['poll batch CLIENT →2', '  whole batch INTERNAL'].join('\n'),
    )
    expect(poll.links.map((link) => link.context.traceId).toSorted()).toEqual(
      ['A', 'B'].map((name) => js.recorded.span(name).spanContext().traceId).toSorted(),
    )
    expect(poll.attributes).toMatchObject({
      'messaging.operation.name': 'poll',
      'messaging.operation.type': 'receive',
      'messaging.batch.message_count': 2,
      'messaging.consumer.group.name': 'batches',
    })
    const inBatch = js.recorded.spans().find(({ name }) => name === 'process batch')!
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
    js.handlers.set('again', async ({ message }) => {
      const value = textOf(message.value)!
      given.push(value)
      if (value === '3' && given.filter((one) => one === '3').length === 1) throw new Error('once')
    })
    const messages = ['1', '2', '3', '4'].map((value) => ({ value, partition: 0 }))
    await js.kafka.producer.send({ topic: 'again', messages })
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
  const options = { producer: js.kafka.producer, to: 'out', deadLetter: 'left' }
  const handler = transform('enrich', options, (message: kafkajs.KafkaMessage) => {
    if (textOf(message.value) === 'bad') throw new Refusal('cannot')
    return { value: 'w', headers: { ...message.headers } }
  })
  js.handlers.set('raw', handler)
  await js.inTrace('good', () => js.kafka.producer.send({ topic: 'raw', messages: [{ value: 'good' }] }))
  await js.processed('out', 1)
  await js.inTrace('poor', () => js.kafka.producer.send({ topic: 'raw', messages: [{ value: 'bad' }] }))
  await js.processed('left', 1)
  await js.processed('raw', 2)
  expect(drawTrees(js.recorded.spans())).toBe(
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
  await js.kafka.makeTopics('stopped')
  const values = Array.from({ length: 5 }, (_, index) => String(index))
  await js.kafka.producer.send({
    topic: 'stopped',
    messages: values.map((value) => ({ value, partition: 0 })),
  })
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
  const consumer = await js.kafka.consume(['stopped'], config)
  expect(config).toEqual({ eachBatch })
  expect(config.eachBatch).toBe(eachBatch)
  await second.promise
  await consumer.stop()
  expect(given).toEqual(['0', '1'])
  const admin = js.kafka.kafka.admin()
  await admin.connect()
  const [committed] = await admin.fetchOffsets({ groupId: 'group-stopped', topics: ['stopped'] })
  await admin.disconnect()
  expect(committed!.partitions.find(({ partition }) => partition === 0)).toMatchObject({ offset: '2' })
}, 30_000)

test('the key is on the spans when asked for', async () => {
  js.instrumented.instrumentation.setConfig({ recordMessageKey: true })
  await js.kafka.producer.send({ topic: 'one', messages: [{ key: 'parcel-1', value: 'v' }] })
  await js.processed('one', 1)
  js.instrumented.instrumentation.setConfig({})
  const keys = js.recorded.spans().map(({ attributes }) => attributes['messaging.kafka.message.key'])
  expect(keys).toEqual(['parcel-1', 'parcel-1'])
})

test('metrics of sending and handling', async () => {
  await js.kafka.producer.send({ topic: 'one', messages: [{ value: 'v' }] })
  await js.processed('one', 1)
  for (const [name, operation] of [
    ['messaging.client.operation.duration', 'send'],
    ['messaging.client.sent.messages', 'send'],
    ['messaging.client.consumed.messages', 'process'],
    ['messaging.process.duration', 'process'],
  ] as const) {
    expect(await js.recorded.points(name)).toContainEqual(
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
  js.instrumented.instrumentation.disable()
  const before = js.recorded.spans().length
  await js.kafka.producer.send({ topic: 'one', messages: [{ value: 'v' }] })
  expect(js.recorded.spans()).toHaveLength(before)
  js.instrumented.unpatch()
  expect(functionsNow()).toEqual(js.bare)
  expect(functionsNow().producer).toBe(js.bare.producer)
})
