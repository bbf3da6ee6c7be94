const { attempt, calls, listeners, say, shape, tick } = require('./transcript.cjs')

const connectionString = process.env.POSTGRES_URL

exports.run = async ({ pg }) => {
  say('pg', Object.keys(pg).join(), pg.Client.name, pg.Pool.name)
  for (const name of ['query', 'connect', 'end'])
    say(`shape of ${name}`, shape(pg.Client.prototype[name]), shape(pg.Pool.prototype[name]))
  const client = new pg.Client({ connectionString })
  say('client', Object.keys(client).join(), listeners(client))
  await client.connect()
  const rows = async (promise) => (await promise).rows
  const thrown = new Error('mine')
  for (const args of [
    ['SELECT 1 AS a'],
    ['SELECT $1::text AS a', ['x']],
    [Object.freeze({ text: 'SELECT $1::int AS a', values: Object.freeze([1]) })],
    [{ name: 'p', text: 'SELECT $1::int AS a', values: [1] }],
    [{ text: 'SELECT 1 AS a', rowMode: 'array' }],
    [''],
    ['SELECT 1; SELECT 2'],
    ['SELECT $1::text AS a', []],
    ['SELECT $1::text AS a', [null]],
    ['SELECT $1::text AS a', [undefined]],
    ['SELECT $1::json AS a', [{ toJSON: () => 1 }]],
    [
      'SELECT $1::text AS a',
      [
        {
          toPostgres() {
            throw thrown
          },
        },
      ],
    ],
    ['SELEC 1'],
    ['SELECT nothing'],
  ])
    await attempt('query', () => rows(client.query(...args)))
  for (const bad of [
    [],
    [undefined],
    [null],
    [7],
    [{}],
    [{ text: 7 }],
    [Symbol('s')],
    ['SELECT 1', 'values'],
    ['SELECT 1', null],
    [['SELECT 1']],
  ])
    await attempt('bad', async () => typeof (await client.query(...bad)))
  const own = new pg.Query('SELECT 3 AS a')
  say('submitted', client.query(own) === own, own instanceof pg.Query)
  const order = []
  await new Promise((resolve) =>
    own.on('row', (row) => order.push(row)).on('end', (result) => resolve(order.push(result.command))),
  )
  say('events', order)
  const config = { text: 'SELECT 4 AS a', callback: () => {} }
  await new Promise(
    (resolve) => (
      (config.callback = (error, result) => resolve(say('config callback', error, result?.rows))),
      client.query(config)
    ),
  )
  say('config', Object.keys(config).join())
  function callback(error, result) {
    order.push([
      this === undefined || this === globalThis || this === client || this?.constructor?.name,
      error?.message,
      result?.rows.length,
      calls(new Error('here')).filter((line) => line.includes('pg.cjs')),
    ])
    callback.done()
  }
  for (const args of [['SELECT 5'], ['SELECT $1::int', [5]], ['SELEC'], [{ text: 'SELECT 5' }]]) {
    const done = new Promise((resolve) => (callback.done = resolve))
    say('returns', typeof client.query(...args, callback))
    await done
  }
  say('callbacks', order.splice(2))
  await attempt(
    'callback throws',
    () =>
      new Promise((resolve) => {
        process.once('uncaughtException', (error) => resolve([error.message, error === thrown]))
        client.query('SELECT 6', () => {
          throw thrown
        })
      }),
  )
  await attempt('after that', () => rows(client.query('SELECT 7 AS a')))
  const promise = client.query('SELECT 8')
  say(
    'promise',
    promise.constructor === Promise,
    (await promise) instanceof pg.Result,
    Object.keys(await promise).join(),
  )
  await attempt('error', () =>
    client
      .query('SELECT nothing')
      .catch((error) => [error.constructor.name, error.code, error.position, Object.keys(error).join()]),
  )
  client.on('notice', (notice) => say('notice', notice.message))
  client.on('notification', ({ channel, payload }) => say('notification', channel, payload))
  await client.query("DO $$ BEGIN RAISE NOTICE 'heard'; END $$")
  await client.query('LISTEN a')
  await client.query("NOTIFY a, 'b'")
  await tick()
  const { query } = client
  client.query = function stub(...args) {
    return args[0] === 'stub' ? Promise.resolve('stubbed') : Reflect.apply(query, this, args)
  }
  say('stub', await client.query('stub'), await rows(client.query('SELECT 9 AS a')))
  await attempt('connect twice', () => client.connect())
  say('end', typeof (await client.end()), client.query === query)
  await attempt('ended', () => query.call(client, 'SELECT 1'))
  await pools(pg)
  await attempt('refused', () => new pg.Client({ host: '127.0.0.1', port: 1 }).connect())
  await attempt(
    'refused, callback',
    () =>
      new Promise((resolve) =>
        new pg.Client({ host: '127.0.0.1', port: 1 }).connect((error) => resolve(error.code)),
      ),
  )
}

async function pools(pg) {
  const pool = new pg.Pool({ connectionString, max: 1 })
  const events = []
  for (const name of ['connect', 'acquire', 'release', 'error']) pool.on(name, () => events.push(name))
  say('pool', listeners(pool), pool.totalCount, Object.keys(pool).join())
  await attempt('query', async () => (await pool.query('SELECT 1 AS a')).rows)
  await attempt(
    'callback',
    () =>
      new Promise((resolve) =>
        pool.query('SELECT $1::int AS a', [1], (error, result) => resolve([error, result.rows])),
      ),
  )
  await attempt('error', () => pool.query('SELEC'))
  for (const bad of [undefined, null, 7, {}]) await attempt('bad', async () => typeof (await pool.query(bad)))
  const client = await pool.connect()
  say(
    'client',
    client instanceof pg.Client,
    shape(client.release),
    listeners(client),
    pool.idleCount,
    pool.waitingCount,
  )
  const waiting = pool.connect()
  say('waiting', pool.waitingCount)
  client.release()
  const next = await waiting
  say('same client', next === client)
  next.release(true)
  await attempt('release twice', () => next.release())
  await attempt(
    'connect callback',
    () =>
      new Promise((resolve) =>
        pool.connect(
          (error, other, release) => (
            release(),
            resolve([error, other instanceof pg.Client, shape(release)])
          ),
        ),
      ),
  )
  await pool.end()
  say('events', events.toSorted().join())
  await attempt('ended', () => pool.query('SELECT 1'))
  await attempt('end twice', () => pool.end())
}
