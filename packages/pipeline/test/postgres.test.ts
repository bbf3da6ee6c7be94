import { context, propagation, trace } from '@opentelemetry/api'
import { currentOperationId } from '@waybill/core'
import { listen, notify, notifyAll, pipeline } from '../src/index.ts'
import { inbox, sender, useDatabase, type Scan } from './postgres.ts'

const database = useDatabase()

test('an event arrives in the trace, baggage and operation it was sent in', async () => {
  const { handle } = pipeline<Scan>({ name: 'attention', actions: [] })
  const arrived = inbox<{ event: Scan; tenant: string | undefined; operation: string | undefined }>()
  database.listener = await listen<Scan>({
    connectionString: database.url,
    channel: 'Parcels "x"',
    onEvent: async (event, ctx) => {
      expect(ctx).toBe(context.active())
      await handle(event, { context: ctx })
      const tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value
      arrived.add({ event, tenant, operation: currentOperationId() })
    },
  })
  const { ctx, traceId } = sender('acme')
  await context.with(ctx, () => notify(database.pool, 'Parcels "x"', { id: 'P-1' }))
  await arrived.atLeast(1)

  // store                     the sender's
  // └── listener attention    the receiver's
  expect(arrived.events).toEqual([{ event: { id: 'P-1' }, tenant: 'acme', operation: 'a1b2c3d4' }])
  expect(database.telemetry.tree()).toBe('store\n  listener attention')
  expect(database.telemetry.span('listener attention').spanContext().traceId).toBe(traceId)
})

test('many events of one query arrive in order, each in its own trace', async () => {
  const arrived = inbox<[string, string | undefined]>()
  database.listener = await listen<Scan>({
    connectionString: database.url,
    channel: 'many',
    onEvent: async (event, ctx) => {
      await new Promise(setImmediate)
      arrived.add([event.id, trace.getSpanContext(ctx)?.traceId])
    },
  })
  const senders = Array.from({ length: 50 }, (_, index) => ({
    id: `P-${index}, "quoted" {} \\ 'é'`,
    ...sender('a'),
  }))
  await notifyAll(
    database.pool,
    'many',
    senders.map(({ id, ctx }) => ({ event: { id }, context: ctx })),
  )
  await arrived.atLeast(50)
  expect(arrived.events).toEqual(senders.map(({ id, traceId }) => [id, traceId]))
})

test('what others send is handed over as it is, in a new trace', async () => {
  const { handle } = pipeline<unknown>({ name: 'any', actions: [] })
  const arrived = inbox<unknown>()
  database.listener = await listen({
    connectionString: database.url,
    channel: 'any',
    onEvent: async (event, ctx) => {
      await handle(event, { context: ctx })
      arrived.add(event)
    },
  })
  await database.pool.query("SELECT pg_notify('any', 'plain'), pg_notify('any', ''), pg_notify('any', '[1]')")
  await database.pool.query("SELECT pg_notify('any', $1)", ['{"id":1}'])
  await arrived.atLeast(4)
  expect(arrived.events).toEqual(['plain', '', '[1]', { id: 1 }])
  expect(database.telemetry.spans().every((span) => span.parentSpanContext === undefined)).toBe(true)
})

test('an event of 7999 bytes goes without its context; a larger one gets PostgreSQL’s error', async () => {
  const arrived = inbox<{ text: string }>()
  database.listener = await listen<{ text: string }>({
    connectionString: database.url,
    channel: 'large',
    onEvent: arrived.add,
  })
  const { ctx } = sender('acme')
  await context.with(ctx, () => notify(database.pool, 'large', { text: 'x'.repeat(7988) }))
  await arrived.atLeast(1)
  expect(arrived.events[0]?.text).toHaveLength(7988)
  expect(database.said.join('')).toMatch(/WAYBILL_PAYLOAD_TOO_LARGE: NOTIFY large: .* baggage/)
  await expect(
    context.with(ctx, () => notify(database.pool, 'large', { text: 'x'.repeat(7989) })),
  ).rejects.toThrow('payload string too long')
})

test('handlers that throw stop nothing; they are told, or said once', async () => {
  const told: unknown[] = []
  const arrived = inbox()
  const onEvent = (event: Scan): Promise<void> | void => {
    arrived.add(event)
    if (event.id === 'sync') throw new Error('sync')
    return event.id === 'ok' ? undefined : Promise.reject(new Error(event.id))
  }
  database.listener = await listen<Scan>({
    connectionString: database.url,
    channel: 'failing',
    onEvent,
    onError: (error, event) => told.push([String(error), event]),
  })
  for (const id of ['sync', 'async', 'ok']) await notify(database.pool, 'failing', { id })
  await arrived.atLeast(3)
  await database.listener.close()
  expect(told).toEqual([
    ['Error: sync', { id: 'sync' }],
    ['Error: async', { id: 'async' }],
  ])
  expect(database.said).toEqual([])

  database.listener = await listen<Scan>({ connectionString: database.url, channel: 'failing', onEvent })
  for (const id of ['sync', 'async', 'ok']) await notify(database.pool, 'failing', { id })
  await arrived.atLeast(6)
  expect(database.said).toEqual([
    'waybill: WAYBILL_EVENT_FAILED: NOTIFY failing: sync. Said once; give onError to hear of each.\n',
  ])
})
