const { attempt, calls, listeners, say, shape } = require('./transcript.cjs')

exports.run = async ({ knex }) => {
  say('knex', shape(knex), Object.keys(knex).join())
  for (const bad of [undefined, null, 7, {}, { client: 'none' }, { client: 7 }])
    await attempt('knex', () => typeof knex(bad))
  const shop = knex(
    Object.freeze({ client: 'pg', connection: process.env.POSTGRES_URL, pool: { min: 0, max: 2 } }),
  )
  say('instance', shape(shop), listeners(shop), Object.keys(shop.client).length, shop.client.config.client)
  for (const name of ['query', 'acquireConnection', 'runner', 'queryBuilder', 'raw', 'schemaBuilder'])
    say(`shape of ${name}`, shape(shop.client[name]))
  const builder = shop.select('oid').from('pg_class').where({ relname: 'pg_class' }).limit(1)
  say('builder', builder.constructor.name, builder.toString(), listeners(builder), typeof builder.then)
  await attempt('rows', async () => (await builder).length)
  await attempt('again', async () => (await builder).length)
  await attempt('raw', async () => (await shop.raw('SELECT ?::int AS a', [1])).rows)
  await attempt('error', () =>
    shop
      .raw('SELEC ?', ['secret'])
      .catch((error) => [
        error.message,
        error.code,
        calls(error).filter((line) => line.includes('knex.cjs')),
      ]),
  )
  await attempt('no bindings', () => shop.raw('SELECT ?'))
  const thrown = new Error('mine')
  await attempt('transaction', () =>
    shop
      .transaction(async (trx) => {
        await trx.raw('SELECT 1')
        throw thrown
      })
      .catch((error) => error === thrown),
  )
  await attempt('kept', () => shop.transaction(async (trx) => (await trx.raw('SELECT 2 AS a')).rows))
  const events = []
  shop
    .on('query', ({ sql, bindings, method }) => events.push(['query', sql, bindings, method]))
    .on('query-response', (response, { sql }) => events.push(['response', sql]))
    .on('query-error', (error, { sql }) => events.push(['error', sql]))
  await shop('pg_class')
    .count('* as n')
    .then(([{ n }]) => say('count', Number(n) > 0))
  await shop('none')
    .select()
    .catch((error) => say('none', error.message))
  say('events', events)
  await attempt(
    'callback',
    () =>
      new Promise((resolve) =>
        shop.raw('SELECT 1 AS a').asCallback((error, result) => resolve([error, result.rows])),
      ),
  )
  await attempt('stream', async () => {
    const rows = []
    for await (const row of shop.select(shop.raw('generate_series(1, 3) AS n')).stream()) rows.push(row.n)
    return rows
  })
  await attempt('timeout', () =>
    shop
      .raw('SELECT pg_sleep(1)')
      .timeout(20)
      .catch((error) => [error.constructor.name, error.message]),
  )
  await shop.destroy()
  await attempt('destroyed', () => shop.raw('SELECT 1'))
}
