import fs from 'node:fs'
import { context, propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { currentOperationId, setOperation } from '@waybill/core'
import { Client, Pool } from 'pg'
import { startPostgres, type RunningPostgres } from '../../../demo/src/infra/postgres.ts'
import { listen, notify, notifyAll, pipeline, type Listener } from '../src/index.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

interface Scan {
  id: string
}

// Starting the server takes a few seconds; all else is immediate.
jest.setTimeout(60_000)

let postgres: RunningPostgres
let pool: Pool
let telemetry: Telemetry
let listener: Listener | undefined
let said: string[]

beforeAll(async () => {
  postgres = await startPostgres()
  pool = new Pool({ connectionString: postgres.url })
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})
beforeEach(() => {
  telemetry = startTelemetry()
  said = []
  jest.spyOn(fs, 'writeSync').mockImplementation((_fd, line) => said.push(String(line)))
})
afterEach(async () => {
  await listener?.close()
  listener = undefined
  jest.restoreAllMocks()
  await telemetry.stop()
})

/** Events as they come, and a promise of the next `count`. */
function inbox<T = Scan>() {
  const events: T[] = []
  let check = (): void => {}
  return {
    events,
    add: (event: T): void => {
      events.push(event)
      check()
    },
    async atLeast(count: number) {
      while (events.length < count) await new Promise<void>((added) => (check = added))
    },
  }
}

function sender(tenant: string): { ctx: Context; traceId: string } {
  const span = trace.getTracer('app').startSpan('store')
  span.end()
  const ctx = propagation.setBaggage(
    setOperation(trace.setSpan(ROOT_CONTEXT, span), { id: 'a1b2c3d4' }),
    propagation.createBaggage({ tenant: { value: tenant } }),
  )
  return { ctx, traceId: span.spanContext().traceId }
}

async function connections(): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
  )
  return rows.map(({ pid }) => pid)
}

test('an event arrives in the trace, baggage and operation it was sent in', async () => {
  const { handle } = pipeline<Scan>({ name: 'attention', actions: [] })
  const arrived = inbox<{ event: Scan; tenant: string | undefined; operation: string | undefined }>()
  listener = await listen<Scan>({
    connectionString: postgres.url,
    channel: 'Parcels "x"',
    onEvent: async (event, ctx) => {
      expect(ctx).toBe(context.active())
      await handle(event, { context: ctx })
      const tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value
      arrived.add({ event, tenant, operation: currentOperationId() })
    },
  })
  const { ctx, traceId } = sender('acme')
  await context.with(ctx, () => notify(pool, 'Parcels "x"', { id: 'P-1' }))
  await arrived.atLeast(1)

  // store                     the sender's
  // └── listener attention    the receiver's
  expect(arrived.events).toEqual([{ event: { id: 'P-1' }, tenant: 'acme', operation: 'a1b2c3d4' }])
  expect(telemetry.tree()).toBe('store\n  listener attention')
  expect(telemetry.span('listener attention').spanContext().traceId).toBe(traceId)
})

test('many events of one query arrive in order, each in its own trace', async () => {
  const arrived = inbox<[string, string | undefined]>()
  listener = await listen<Scan>({
    connectionString: postgres.url,
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
    pool,
    'many',
    senders.map(({ id, ctx }) => ({ event: { id }, context: ctx })),
  )
  await arrived.atLeast(50)
  expect(arrived.events).toEqual(senders.map(({ id, traceId }) => [id, traceId]))
})

test('what others send is handed over as it is, in a new trace', async () => {
  const { handle } = pipeline<unknown>({ name: 'any', actions: [] })
  const arrived = inbox<unknown>()
  listener = await listen({
    connectionString: postgres.url,
    channel: 'any',
    onEvent: async (event, ctx) => {
      await handle(event, { context: ctx })
      arrived.add(event)
    },
  })
  await pool.query("SELECT pg_notify('any', 'plain'), pg_notify('any', ''), pg_notify('any', '[1]')")
  await pool.query("SELECT pg_notify('any', $1)", ['{"id":1}'])
  await arrived.atLeast(4)
  expect(arrived.events).toEqual(['plain', '', '[1]', { id: 1 }])
  expect(telemetry.spans().every((span) => span.parentSpanContext === undefined)).toBe(true)
})

test('an event of 7999 bytes goes without its context; a larger one gets PostgreSQL’s error', async () => {
  const arrived = inbox<{ text: string }>()
  listener = await listen<{ text: string }>({
    connectionString: postgres.url,
    channel: 'large',
    onEvent: arrived.add,
  })
  const { ctx } = sender('acme')
  await context.with(ctx, () => notify(pool, 'large', { text: 'x'.repeat(7988) }))
  await arrived.atLeast(1)
  expect(arrived.events[0]?.text).toHaveLength(7988)
  expect(said.join('')).toMatch(/WAYBILL_PAYLOAD_TOO_LARGE: NOTIFY large: .* baggage/)
  await expect(context.with(ctx, () => notify(pool, 'large', { text: 'x'.repeat(7989) }))).rejects.toThrow(
    'payload string too long',
  )
})

test('handlers that throw stop nothing; they are told, or said once', async () => {
  const told: unknown[] = []
  const arrived = inbox()
  const onEvent = (event: Scan): Promise<void> | void => {
    arrived.add(event)
    if (event.id === 'sync') throw new Error('sync')
    return event.id === 'ok' ? undefined : Promise.reject(new Error(event.id))
  }
  listener = await listen<Scan>({
    connectionString: postgres.url,
    channel: 'failing',
    onEvent,
    onError: (error, event) => told.push([String(error), event]),
  })
  for (const id of ['sync', 'async', 'ok']) await notify(pool, 'failing', { id })
  await arrived.atLeast(3)
  await listener.close()
  expect(told).toEqual([
    ['Error: sync', { id: 'sync' }],
    ['Error: async', { id: 'async' }],
  ])
  expect(said).toEqual([])

  listener = await listen<Scan>({ connectionString: postgres.url, channel: 'failing', onEvent })
  for (const id of ['sync', 'async', 'ok']) await notify(pool, 'failing', { id })
  await arrived.atLeast(6)
  expect(said).toEqual([
    'waybill: WAYBILL_EVENT_FAILED: NOTIFY failing: sync. Said once; give onError to hear of each.\n',
  ])
})

test('a connection that the server ends is made again', async () => {
  const arrived = inbox()
  let back = (): void => {}
  const reconnected = new Promise<void>((resolve) => (back = resolve))
  listener = await listen<Scan>({
    connectionString: postgres.url,
    channel: 'lost',
    onEvent: arrived.add,
    onReconnect: back,
  })
  const [pid] = await connections()
  await pool.query('SELECT pg_terminate_backend($1)', [pid])
  await reconnected
  expect(await connections()).not.toContain(pid)
  await notify(pool, 'lost', { id: 'after' })
  await arrived.atLeast(1)
  expect(arrived.events).toEqual([{ id: 'after' }])
  expect(said).toEqual([
    expect.stringMatching(
      /^waybill: WAYBILL_EVENTS_LOST: NOTIFY lost: the connection is lost \(.+\), connecting/,
    ),
    expect.stringMatching(/^waybill: WAYBILL_EVENTS_LOST: NOTIFY lost: listening again after \d+ s\.\n$/),
  ])
  expect(telemetry.spans()).toEqual([])
})

test('close ends the connection after the events in hand, one at a time or more', async () => {
  for (const concurrency of [1, 4]) {
    const arrived = inbox()
    let finish = (): void => {}
    const finished = new Promise<void>((resolve) => (finish = resolve))
    let done = 0
    const own = await listen<Scan>({
      connectionString: postgres.url,
      channel: 'closing',
      concurrency,
      onEvent: async (event) => {
        arrived.add(event)
        await finished
        done++
      },
    })
    await notifyAll(
      pool,
      'closing',
      Array.from({ length: 6 }, (_, index) => ({ event: { id: `P-${index}` } })),
    )
    await arrived.atLeast(concurrency)
    let closed = false
    const closing = own.close().then(() => (closed = true))
    // The connection goes first, so that nothing more arrives; the handlers have not ended yet.
    while ((await connections()).length > 0) await new Promise(setImmediate)
    expect(arrived.events).toHaveLength(concurrency)
    expect(closed).toBe(false)
    finish()
    await closing
    expect(done).toBe(arrived.events.length)
  }
})

test('more events than fit in memory wait in the server', async () => {
  const arrived = inbox()
  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  listener = await listen<Scan>({
    connectionString: postgres.url,
    channel: 'flood',
    onEvent: async (event) => {
      await begun
      arrived.add(event)
    },
    onError: (error) => {
      throw error
    },
  })
  const total = 15_000
  const other = inbox()
  const watching = await listen<Scan>({
    connectionString: postgres.url,
    channel: 'flood',
    onEvent: other.add,
  })
  await pool.query(
    `SELECT pg_notify('flood', json_build_object('id', n, 'filling', repeat('x', 200))::text) FROM generate_series(1, $1) AS n`,
    [total],
  )
  // Once another connection has had them all, so would this one, and it would have had to drop some.
  await other.atLeast(total)
  await watching.close()
  begin()
  await arrived.atLeast(total)
  expect(arrived.events.map(({ id }) => Number(id))).toEqual(
    Array.from({ length: total }, (_, index) => index + 1),
  )
  expect(said).toEqual([])
})

test('a client of the caller’s is listened on and given back', async () => {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const arrived = inbox()
    listener = await listen<Scan>({ client, channel: 'own', onEvent: arrived.add })
    await client.query('LISTEN other')
    await notify(client, 'other', { id: 'not ours' })
    await notify(client, 'own', { id: 'P-1' })
    await arrived.atLeast(1)
    expect(arrived.events).toEqual([{ id: 'P-1' }])
    await listener.close()
    expect(client.listenerCount('notification')).toBe(0)
    expect((await client.query('SELECT pg_listening_channels() AS channel')).rows).toEqual([
      { channel: 'other' },
    ])

    listener = await listen<Scan>({ client, channel: 'own', onEvent: arrived.add })
    const ended = new Promise((resolve) => client.once('end', resolve))
    client.on('error', () => {})
    await pool.query('SELECT pg_terminate_backend($1)', [await pidOf(client)])
    await ended
    expect(said.join('')).toMatch(
      /WAYBILL_EVENTS_LOST: NOTIFY own: the client’s|WAYBILL_EVENTS_LOST: NOTIFY own/,
    )
  } finally {
    await client.end()
  }
})

test('what cannot be is refused: a server that is not there, and options that exclude one another', async () => {
  const onEvent = (): void => {}
  await expect(
    listen({ connectionString: 'postgres://127.0.0.1:1/none', channel: 'c', onEvent }),
  ).rejects.toThrow('ECONNREFUSED')
  const connectionString = postgres.url
  await expect(listen({ connectionString, channel: '', onEvent })).rejects.toThrow(RangeError)
  await expect(listen({ connectionString, channel: 'é'.repeat(32), onEvent })).rejects.toThrow(RangeError)
  await expect(listen({ connectionString, channel: 'c', concurrency: 0, onEvent })).rejects.toThrow(
    RangeError,
  )
  // @ts-expect-error -- the types say it, too
  await expect(listen({ channel: 'c', onEvent })).rejects.toThrow(TypeError)
})

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]!.pid
}
