import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { currentOperationId, injectHeaders } from '@waybill/core'
import { forEachMessage, messageContext, withBatchSpan, type ConsumedMessage } from '../src/index.ts'
import { drawTrees, recordTelemetry, type Recorded } from './support/spans.ts'

let recorded: Recorded
beforeAll(() => void (recorded = recordTelemetry()))
beforeEach(() => recorded.reset())
afterAll(() => recorded.stop())

/** A message that the span `name` (a trace of its own) created. */
function messageOf(name: string, offset: string): ConsumedMessage & { offset: string } {
  const span = recorded.tracer.startSpan(name, { kind: SpanKind.PRODUCER }, ROOT_CONTEXT)
  span.end()
  const baggage = propagation.createBaggage({ tenant: { value: name } })
  const ctx = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), baggage)
  const headers = injectHeaders<Buffer | string>(ctx, { operation_id: Buffer.from(`0000000${offset}`) })
  return { offset, value: Buffer.from(name), headers }
}

/** kafkajs's payload, with a record of what it was told. */
function payloadOf(messages: ReturnType<typeof messageOf>[]) {
  const told: string[] = []
  const consumer = { running: true, stale: false }
  const batch = { topic: 't', partition: 0, messages, lastOffset: () => messages.at(-1)!.offset }
  const payload = {
    batch,
    resolveOffset: (offset: string) => void told.push(`resolve ${offset}`),
    heartbeat: async () => void told.push('heartbeat'),
    pause: () => () => {},
    isRunning: () => consumer.running,
    isStale: () => consumer.stale,
  }
  return { payload, told, consumer, batch }
}

// A                       B                        receive
// └ process t  →1         └ process t  →1          (both link to it)
//   └ work                  └ work
test('each message in its own trace, with its baggage and operation', async () => {
  const messages = [messageOf('A', '1'), messageOf('B', '2')]
  const seen: unknown[] = []
  const results = await recorded.tracer.startActiveSpan('receive', async (receive) => {
    receive.end()
    return forEachMessage({ topic: 't', partition: 0, messages }, ({ message }) => {
      recorded.tracer.startSpan('work').end()
      seen.push([propagation.getActiveBaggage()?.getEntry('tenant')?.value, currentOperationId()])
      return message.offset
    })
  })

  expect(results).toEqual(['1', '2'])
  expect(seen).toEqual([
    ['A', '00000001'],
    ['B', '00000002'],
  ])
  expect(drawTrees(recorded.spans())).toBe(
    [
      'A PRODUCER',
      '  process t CONSUMER →1',
      '    work INTERNAL',
      'B PRODUCER',
      '  process t CONSUMER →1',
      '    work INTERNAL',
      'receive INTERNAL',
    ].join('\n'),
  )
  const receive = recorded.span('receive').spanContext().spanId
  const links = recorded.spans().flatMap((span) => span.links.map((link) => link.context.spanId))
  expect(links).toEqual([receive, receive])
})

test('each span has the duration of its own message', async () => {
  const messages = [messageOf('slow', '1'), messageOf('fast', '2')]
  const release = Promise.withResolvers<void>()
  await forEachMessage(
    { topic: 't', partition: 0, messages },
    async ({ message }) => {
      if (message.offset === '1') return release.promise
      // The slow one goes on until this span is over and some more.
      setTimeout(() => release.resolve(), 20)
    },
    { concurrency: 2 },
  )
  const millis = (name: string) => {
    const parent = recorded.span(name).spanContext().spanId
    const span = recorded.spans().find(({ parentSpanContext }) => parentSpanContext?.spanId === parent)!
    return span.duration[0] * 1000 + span.duration[1] / 1e6
  }
  expect(millis('slow')).toBeGreaterThan(15)
  expect(millis('fast')).toBeLessThan(millis('slow') / 2)
})

test('a message without a context starts a trace; one with garbage too', async () => {
  const messages = [
    { offset: '1', headers: undefined },
    { offset: '2', headers: { traceparent: Buffer.alloc(55, 0xff), baggage: Buffer.alloc(100_000, 0x2c) } },
  ]
  await forEachMessage({ topic: 't', partition: 0, messages }, () => {})
  expect(drawTrees(recorded.spans())).toBe(['process t CONSUMER', 'process t CONSUMER'].join('\n'))
})

test('offsets are resolved in order, however the messages end, and the group gets heartbeats', async () => {
  const { payload, told } = payloadOf(['1', '2', '3'].map((offset) => messageOf(`m${offset}`, offset)))
  const first = Promise.withResolvers<void>()
  const results = await forEachMessage(
    payload,
    async ({ message: { offset } }) => {
      if (offset === '1') await first.promise
      if (offset === '3') first.resolve()
      return offset
    },
    { concurrency: 3 },
  )
  expect(results).toEqual(['1', '2', '3'])
  expect(told.filter((what) => what !== 'heartbeat')).toEqual(['resolve 3'])
  expect(told.filter((what) => what === 'heartbeat')).toHaveLength(3)
})

test('after an error none is started, those in flight finish, and the error comes out as it is', async () => {
  const { payload, told } = payloadOf(['1', '2', '3', '4'].map((offset) => messageOf(`m${offset}`, offset)))
  const failure = new Error('second')
  const started: string[] = []
  const finished: string[] = []
  const third = Promise.withResolvers<void>()
  const outcome = forEachMessage(
    payload,
    async ({ message: { offset } }) => {
      started.push(offset)
      if (offset === '2') {
        setImmediate(() => third.resolve())
        throw failure
      }
      if (offset === '3') await third.promise
      finished.push(offset)
    },
    { concurrency: 3 },
  )
  await expect(outcome).rejects.toBe(failure)
  expect(started).toEqual(['1', '2', '3'])
  expect(finished).toEqual(['1', '3'])
  expect(told.filter((what) => what !== 'heartbeat')).toEqual(['resolve 1'])
  const failed = recorded.spans().filter(({ status }) => status.code === SpanStatusCode.ERROR)
  expect(failed.map(({ attributes }) => attributes['messaging.kafka.offset'])).toEqual([2])
})

test('an error of a heartbeat (the group is rebalancing) comes out too', async () => {
  const { payload } = payloadOf([messageOf('m1', '1'), messageOf('m2', '2')])
  const failure = new Error('rebalancing')
  let calls = 0
  const outcome = forEachMessage({ ...payload, heartbeat: () => Promise.reject(failure) }, () => void calls++)
  await expect(outcome).rejects.toBe(failure)
  expect(calls).toBe(1)
})

test.each([['running', false] as const, ['stale', true] as const])(
  'stops when the consumer does (%s), and what was not handled is not resolved',
  async (state, value) => {
    const { payload, told, consumer, batch } = payloadOf(
      ['5', '6', '7'].map((offset) => messageOf(`m${offset}`, offset)),
    )
    const results = await forEachMessage(payload, ({ message }) => {
      if (message.offset === '6') consumer[state] = value
      return message.offset
    })
    expect(results).toEqual(['5', '6'])
    expect(told.filter((what) => what !== 'heartbeat')).toEqual(['resolve 5', 'resolve 6'])
    // What kafkajs resolves by itself when the handler returns.
    expect(batch.lastOffset()).toBe('6')
  },
)

// A               B              poll
// └ process t     └ process t    └ bulk insert  →2 (to both process spans)
test('a batch span links to the process span of every message', async () => {
  const messages = [messageOf('A', '1'), messageOf('B', '2')]
  await recorded.tracer.startActiveSpan('poll', async (poll) => {
    await forEachMessage({ topic: 't', partition: 0, messages }, () => {})
    expect(withBatchSpan('bulk insert', messages, () => 'rows', { attributes: { table: 'parcels' } })).toBe(
      'rows',
    )
    poll.end()
  })
  const insert = recorded.span('bulk insert')
  const processes = recorded.spans().filter(({ name }) => name === 'process t')
  expect(insert.parentSpanContext?.spanId).toBe(recorded.span('poll').spanContext().spanId)
  expect(insert.links.map((link) => link.context.spanId)).toEqual(
    processes.map((span) => span.spanContext().spanId),
  )
  expect(insert.attributes).toEqual({ 'messaging.batch.message_count': 2, table: 'parcels' })
})

test('a batch span without a parent starts a trace, and its error comes out as it is', async () => {
  const failure = new Error('no table')
  await expect(
    withBatchSpan('bulk insert', [messageOf('A', '1')], () => Promise.reject(failure)),
  ).rejects.toBe(failure)
  const insert = recorded.span('bulk insert')
  expect(insert.parentSpanContext).toBeUndefined()
  expect(insert.status.code).toBe(SpanStatusCode.ERROR)
  // Not handled yet: the link goes to what its headers carry.
  expect(insert.links.map((link) => link.context.spanId)).toEqual([recorded.span('A').spanContext().spanId])
})

test('the context of a message: its headers before, its process span after', async () => {
  const message = messageOf('A', '1')
  const spanId = () => trace.getSpanContext(messageContext(message))?.spanId
  expect(spanId()).toBe(recorded.span('A').spanContext().spanId)
  await forEachMessage({ topic: 't', partition: 0, messages: [message] }, () => {
    expect(messageContext(message)).toBe(context.active())
  })
  expect(spanId()).toBe(recorded.span('process t').spanContext().spanId)
})
