const { Client, Pool, Query } = require('pg')
const { step } = require('./steps.cjs')

const connectionString = process.env.POSTGRES_URL

async function main() {
  const client = new Client({ connectionString })
  await step('connect', () => client.connect())
  await step('text', () => client.query('SELECT 1 AS one'))
  await step('values', () => client.query('SELECT $1::text AS secret', ['secret']))
  await step('object', () => client.query({ text: 'SELECT $1::int AS n', values: [1] }))
  await step('prepared', () => client.query({ name: 'find-one', text: 'SELECT $1::int AS n', values: [1] }))
  await step('callback', () => called((done) => client.query('SELECT 2', done)))
  await step('values and callback', () => called((done) => client.query('SELECT $1::int', [2], done)))
  await step('submittable', () => {
    const query = client.query(new Query('SELECT 3'))
    return new Promise((resolve) => query.on('end', resolve).on('error', resolve))
  })
  await step('lower case', () => client.query('select 1'))
  await step('comment first', () => client.query('/* list */ SELECT 1'))
  await step('several statements', () => client.query('SELECT 1; SELECT 2'))
  await step('syntax error', () => client.query('SELEC 1'))
  await step('error to a callback', () => called((done) => client.query('SELECT nothing', done)))
  await step('transaction', async () => {
    await client.query('BEGIN')
    await client.query('CREATE TEMP TABLE orders (id text)')
    await client.query("INSERT INTO orders VALUES ('o-1')")
    await client.query('COMMIT')
  })
  await step('empty', () => client.query(''))
  await step('null', () => client.query(null))
  await client.end()
  await step('after the end', () => client.query('SELECT 1'))
  await pool()
  await step('refused', () =>
    new Client({ host: '127.0.0.1', port: 1, user: 'shop', database: 'shop' }).connect(),
  )
}

async function pool() {
  const pool = new Pool({ connectionString, max: 2 })
  await step('pool', () => pool.query('SELECT 1'))
  await step('pool: callback', () => called((done) => pool.query('SELECT 1', done)))
  await step('pool: error', () => pool.query('SELECT nothing'))
  await step('pool: client', async () => {
    const client = await pool.connect()
    await client.query('SELECT 1')
    client.release()
  })
  await step('pool: in parallel', () =>
    Promise.all([pool.query('SELECT 1'), pool.query('SELECT 2'), pool.query('SELECT 3')]),
  )
  await pool.end()
  const refused = new Pool({ host: '127.0.0.1', port: 1, user: 'shop', database: 'shop' })
  await step('pool: refused', () => refused.query('SELECT 1'))
  await refused.end()
}

function called(work) {
  return new Promise((resolve, reject) => work((error, result) => (error ? reject(error) : resolve(result))))
}

void main()
