import { Client } from 'pg'
import { listen, notify, notifyAll } from '../src/index.ts'
import { inbox, useDatabase, type Scan } from './postgres.ts'

const database = useDatabase()

test('a connection that the server ends is made again', async () => {
  const arrived = inbox()
  let back = (): void => {}
  const reconnected = new Promise<void>((resolve) => (back = resolve))
  database.listener = await listen<Scan>({
    connectionString: database.url,
    channel: 'lost',
    onEvent: arrived.add,
    onReconnect: back,
  })
  const [pid] = await database.connections()
  await database.pool.query('SELECT pg_terminate_backend($1)', [pid])
  await reconnected
  expect(await database.connections()).not.toContain(pid)
  await notify(database.pool, 'lost', { id: 'after' })
  await arrived.atLeast(1)
  expect(arrived.events).toEqual([{ id: 'after' }])
  expect(database.said).toEqual([
    expect.stringMatching(
      /^waybill: WAYBILL_EVENTS_LOST: NOTIFY lost: the connection is lost \(.+\), connecting/,
    ),
    expect.stringMatching(/^waybill: WAYBILL_EVENTS_LOST: NOTIFY lost: listening again after \d+ s\.\n$/),
  ])
  expect(database.telemetry.spans()).toEqual([])
})

test('close ends the connection after the events in hand, one at a time or more', async () => {
  for (const concurrency of [1, 4]) {
    const arrived = inbox()
    let finish = (): void => {}
    const finished = new Promise<void>((resolve) => (finish = resolve))
    let done = 0
    const own = await listen<Scan>({
      connectionString: database.url,
      channel: 'closing',
      concurrency,
      onEvent: async (event) => {
        arrived.add(event)
        await finished
        done++
      },
    })
    await notifyAll(
      database.pool,
      'closing',
      Array.from({ length: 6 }, (_, index) => ({ event: { id: `P-${index}` } })),
    )
    await arrived.atLeast(concurrency)
    let closed = false
    const closing = own.close().then(() => (closed = true))
    // The connection goes first, so that nothing more arrives; the handlers have not ended yet.
    while ((await database.connections()).length > 0) await new Promise(setImmediate)
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
  database.listener = await listen<Scan>({
    connectionString: database.url,
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
    connectionString: database.url,
    channel: 'flood',
    onEvent: other.add,
  })
  await database.pool.query(
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
  expect(database.said).toEqual([])
})

test('a client of the caller’s is listened on and given back', async () => {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    const arrived = inbox()
    database.listener = await listen<Scan>({ client, channel: 'own', onEvent: arrived.add })
    await client.query('LISTEN other')
    await notify(client, 'other', { id: 'not ours' })
    await notify(client, 'own', { id: 'P-1' })
    await arrived.atLeast(1)
    expect(arrived.events).toEqual([{ id: 'P-1' }])
    await database.listener.close()
    expect(client.listenerCount('notification')).toBe(0)
    expect((await client.query('SELECT pg_listening_channels() AS channel')).rows).toEqual([
      { channel: 'other' },
    ])

    database.listener = await listen<Scan>({ client, channel: 'own', onEvent: arrived.add })
    const ended = new Promise((resolve) => client.once('end', resolve))
    client.on('error', () => {})
    await database.pool.query('SELECT pg_terminate_backend($1)', [await pidOf(client)])
    await ended
    expect(database.said.join('')).toMatch(
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
  const connectionString = database.url
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
