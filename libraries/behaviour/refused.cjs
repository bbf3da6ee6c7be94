// Clients of servers that are not there: what they say of it, and of bad arguments.
const { attempt, calls, listeners, say, shape, tick } = require('./transcript.cjs')

const mine = (error) => calls(error).filter((line) => line.includes('refused.cjs'))

exports.mysql = async ({ mysql }) => {
  say('mysql', Object.keys(mysql).join())
  for (const name of ['createConnection', 'createPool', 'createQuery', 'format', 'escape'])
    say(`shape of ${name}`, shape(mysql[name]))
  const options = Object.freeze({ host: '127.0.0.1', port: 1, user: 'shop', database: 'shop' })
  const connection = mysql.createConnection(options)
  connection.on('error', (error) => say('event', error.code))
  say('connection', listeners(connection))
  say(
    'shapes',
    ['query', 'execute', 'end'].map((name) => shape(connection[name])),
  )
  const asked = (of, ...args) =>
    new Promise((resolve) => of.query(...args, (error, rows) => resolve([error?.code, error?.fatal, rows])))
  await attempt('query', () => asked(connection, 'SELECT 1'))
  await attempt('values', () => asked(connection, 'SELECT ?', ['x']))
  await attempt('object', () =>
    asked(connection, Object.freeze({ sql: 'SELECT ?', values: Object.freeze([1]) })),
  )
  for (const bad of [[], [undefined], [null], [7], [{}], ['SELECT 1', 'x', 'y']])
    await attempt('bad', () => typeof connection.query(...bad)?.on?.('error', () => {}))
  const query = connection.query('SELECT 1')
  say('returned', query.constructor.name, typeof query.on)
  query.on('error', (error) => say('query event', error.code))
  await tick()
  const pool = mysql.createPool(options)
  say('pool', listeners(pool))
  say(
    'shapes of the pool',
    ['query', 'getConnection'].map((name) => shape(pool[name])),
  )
  await attempt('pool', () => asked(pool, 'SELECT 1'))
  await attempt(
    'getConnection',
    () =>
      new Promise((resolve) =>
        pool.getConnection((error, one) => resolve([error.code, one, mine(new Error('here'))])),
      ),
  )
  if (mysql.createPoolPromise || pool.promise) {
    await attempt('promise', () => pool.promise().query('SELECT 1'))
    await attempt('execute', () => pool.promise().execute('SELECT ?', [1]))
  }
  await new Promise((resolve) => pool.end(resolve))
  connection.destroy()
  say('formatted', mysql.format('SELECT ? , ??', [new Date(0).getTime(), 'a']))
}

exports.ioredis = async ({ Redis }) => {
  say(
    'shapes',
    shape(Redis.prototype.sendCommand),
    shape(Redis.prototype.connect),
    shape(Redis.prototype.get),
  )
  const redis = new Redis({
    host: '127.0.0.1',
    port: 1,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  })
  redis.on('error', (error) => say('event', error.code))
  say('redis', listeners(redis), redis.status)
  await attempt('connect', () => redis.connect())
  for (const args of [['a'], [], [undefined], [null], [Object.freeze(['a'])], [{}]])
    await attempt('get', () => redis.get(...args))
  await attempt(
    'callback',
    () =>
      new Promise((resolve) =>
        redis.get('a', (error, value) => resolve([error.message, value, mine(new Error('here'))])),
      ),
  )
  await attempt('set', () => redis.set('a', 'b', 'EX', 1))
  await attempt('call', () => redis.call('INCR', 'a'))
  await attempt('sendCommand', () => redis.sendCommand(undefined))
  await attempt('pipeline', () => redis.pipeline().get('a').set('b', 1).exec())
  await attempt('multi', () => redis.multi().get('a').exec())
  redis.defineCommand('own', { numberOfKeys: 1, lua: 'return 1' })
  await attempt('own', () => redis.own('a'))
  await attempt('custom', () => redis.duplicate().get('a'))
  redis.disconnect()
}

exports.redis = async ({ redis }) => {
  say('redis', Object.keys(redis).join(), shape(redis.createClient))
  const client = redis.createClient({
    socket: { host: '127.0.0.1', port: 1, reconnectStrategy: false },
    disableOfflineQueue: true,
  })
  client.on('error', (error) => say('event', error.code))
  say('client', listeners(client))
  say(
    'shapes',
    ['get', 'set', 'sendCommand', 'connect', 'multi'].map((name) => shape(client[name])),
  )
  for (const args of [['a'], [], [undefined], [7], [{}]]) await attempt('get', () => client.get(...args))
  await attempt('connect', () => client.connect())
  await attempt('sendCommand', () => client.sendCommand(Object.freeze(['GET', 'a'])))
  await attempt('multi', () => client.multi().get('a').set('b', '1').exec())
  await attempt('destroy', () => client.destroy())
}

exports.mongodb = async ({ mongodb }) => {
  say('mongodb', Object.keys(mongodb).length, shape(mongodb.MongoClient))
  const client = new mongodb.MongoClient(
    'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500',
    Object.freeze({ retryReads: false, retryWrites: false }),
  )
  say('client', listeners(client), client instanceof mongodb.MongoClient)
  const orders = client.db('shop').collection('orders')
  const brief = (work) => async () => {
    try {
      return await work()
    } catch (error) {
      return [error.constructor.name, error.message, mine(error)]
    }
  }
  await attempt(
    'insert',
    brief(() => orders.insertOne(Object.freeze({ _id: 1 }))),
  )
  await attempt(
    'find',
    brief(() => orders.find({}).toArray()),
  )
  for (const bad of [undefined, null, 7, 'x'])
    await attempt(
      'bad',
      brief(() => orders.insertOne(bad)),
    )
  await attempt(
    'update without operators',
    brief(() => orders.updateOne({}, { a: 1 })),
  )
  await attempt(
    'command',
    brief(() => client.db('shop').command({ ping: 1 })),
  )
  await client.close()
}

exports.kafkajs = async ({ Kafka, logLevel, Partitioners }) => {
  say('kafkajs', shape(Kafka))
  for (const bad of [undefined, {}, { brokers: [] }, { brokers: 7 }])
    await attempt('bad client', () => Object.keys(new Kafka(bad).producer()).join())
  const kafka = new Kafka(
    Object.freeze({
      clientId: 'shop',
      brokers: Object.freeze(['127.0.0.1:1']),
      retry: { retries: 0 },
      connectionTimeout: 20_000,
      logLevel: logLevel.NOTHING,
    }),
  )
  const producer = kafka.producer(Object.freeze({ createPartitioner: Partitioners.DefaultPartitioner }))
  say(
    'producer',
    Object.keys(producer).join(),
    ['send', 'sendBatch', 'transaction', 'connect'].map((name) => shape(producer[name])),
  )
  await attempt('connect', () => producer.connect())
  const message = Object.freeze({ value: 'o-1', headers: Object.freeze({ a: 'b' }) })
  const record = Object.freeze({ topic: 'orders', messages: Object.freeze([message]) })
  await attempt('send', () => producer.send(record))
  for (const bad of [
    undefined,
    null,
    7,
    {},
    { topic: 'orders' },
    { topic: 'orders', messages: 7 },
    { topic: 'orders', messages: [null] },
    { topic: 'orders', messages: [{}] },
    { messages: [message] },
  ])
    await attempt('bad send', () => producer.send(bad))
  for (const bad of [
    undefined,
    null,
    {},
    { topicMessages: 7 },
    { topicMessages: [null] },
    { topicMessages: [record] },
    { topicMessages: [] },
  ])
    await attempt('sendBatch', () => producer.sendBatch(bad))
  say('message', message, record)
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'g', retry: { retries: 0 } })
  say(
    'consumer',
    Object.keys(consumer).join(),
    ['run', 'subscribe'].map((name) => shape(consumer[name])),
    consumer.events.CRASH,
  )
  await attempt('consumer', () => consumer.connect())
  await attempt('subscribe', () => consumer.subscribe({ topic: 7 }))
  for (const bad of [undefined, null, {}, { eachMessage: 7 }]) await attempt('run', () => consumer.run(bad))
  await consumer.disconnect().catch((error) => say('disconnect', error))
  await attempt('without group', () => kafka.consumer())
}

exports.amqplib = async ({ amqp, callbacks }) => {
  say('amqplib', Object.keys(amqp).join(), shape(amqp.connect), shape(callbacks.connect))
  for (const bad of [
    'amqp://127.0.0.1:1',
    undefined,
    null,
    7,
    '',
    'http://x',
    Object.freeze({ hostname: '127.0.0.1', port: 1 }),
  ])
    if (bad !== undefined && bad !== null && bad !== '') await attempt('connect', () => amqp.connect(bad))
  await attempt('options', () => amqp.connect('amqp://127.0.0.1:1', Object.freeze({ noDelay: true })))
  await attempt(
    'callback',
    () =>
      new Promise((resolve) =>
        callbacks.connect('amqp://127.0.0.1:1', (error, connection) =>
          resolve([error.code, connection, mine(new Error('here'))]),
        ),
      ),
  )
  await attempt('no callback', () => typeof callbacks.connect('amqp://127.0.0.1:1', { a: 1 }, () => {}))
}
