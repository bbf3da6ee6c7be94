// Libraries that only pass on: pools, loaders, memoizers.
const { attempt, calls, listeners, say, shape, tick } = require('./transcript.cjs')

exports.genericPool = async ({ genericPool }) => {
  say(
    'generic-pool',
    Object.keys(genericPool).join(),
    shape(genericPool.createPool),
    shape(genericPool.Pool.prototype.acquire),
  )
  for (const bad of [undefined, null, 7, {}, { create: 7 }])
    await attempt('createPool', () => typeof genericPool.createPool(bad))
  const thrown = Object.freeze(new Error('mine'))
  let made = 0
  const pool = genericPool.createPool(
    Object.freeze({
      create: async () => Object.freeze({ id: ++made }),
      destroy: async () => {},
      validate: async () => true,
    }),
    Object.freeze({ max: 1, testOnBorrow: true }),
  )
  const one = await pool.acquire()
  say('one', one, pool.isBorrowedResource(one), listeners(pool))
  await attempt('bad priority', () => pool.acquire('none'))
  await pool.release(one)
  await attempt('release twice', () => pool.release(one))
  await attempt('use', () => pool.use((resource) => [resource === one, calls(new Error('here'))]))
  await attempt('use throws', () =>
    pool.use(() => {
      throw thrown
    }),
  )
  const promise = pool.acquire()
  say('promise', promise.constructor.name, Object.keys(promise).join())
  await pool.destroy(await promise)
  await pool.drain()
  await attempt('drained', () => pool.acquire())
  await pool.clear()
  const failing = genericPool.createPool(
    {
      create: async () => {
        throw thrown
      },
      destroy: async () => {},
    },
    { max: 1, autostart: false, acquireTimeoutMillis: 20 },
  )
  failing.on('factoryCreateError', (error) => say('event', error === thrown))
  failing.acquire().catch((error) => say('gave up', error))
  await new Promise((resolve) => setTimeout(resolve, 40))
  await failing.drain()
  await failing.clear()
}

exports.dataloader = async ({ DataLoader }) => {
  say('DataLoader', shape(DataLoader), Reflect.ownKeys(DataLoader.prototype).map(String).join())
  for (const name of ['load', 'loadMany', 'prime', 'clear'])
    say(`shape of ${name}`, shape(DataLoader.prototype[name]))
  for (const bad of [undefined, null, 7, {}]) await attempt('new', () => typeof new DataLoader(bad))
  await attempt('without new', () => DataLoader(async () => []))
  const thrown = Object.freeze(new Error('mine'))
  const batches = []
  async function batch(keys) {
    batches.push([[...keys], Array.isArray(keys), this === loader])
    return keys.map((key) => (key === 'bad' ? thrown : Object.freeze({ key })))
  }
  const loader = new DataLoader(batch, Object.freeze({ maxBatchSize: 3, name: 'items' }))
  say('loader', Object.keys(loader).join(), loader._batchLoadFn === batch, loader.name)
  const [one, same] = [loader.load('a'), loader.load('a')]
  say('cached', one === same, one instanceof Promise)
  say(
    'values',
    await Promise.all([one, loader.load('b'), loader.loadMany(['c', 'd'])]),
    (await one) === (await same),
  )
  await attempt('bad key', () => loader.load('bad').catch((error) => error === thrown))
  await attempt('bad keys', () =>
    loader.loadMany(['a', 'bad']).then((all) => all.map((each) => each === thrown)),
  )
  for (const nothing of [undefined, null]) {
    await attempt('load', () => loader.load(nothing))
    await attempt('loadMany', () => loader.loadMany(nothing))
    await attempt('clear', () => loader.clear(nothing) === loader)
  }
  say('prime', loader.prime('p', 1) === loader, await loader.load('p'), loader.clearAll() === loader)
  for (const wrong of [
    () => undefined,
    () => 7,
    async () => 7,
    async () => [],
    () => {
      throw thrown
    },
    async () => {
      throw thrown
    },
  ])
    await attempt('wrong batch', () => new DataLoader(wrong).load(1))
  const order = []
  const scheduled = new DataLoader(async (keys) => (order.push('batch'), keys), {
    batchScheduleFn: (done) => setImmediate(() => (order.push('scheduled'), done())),
    cacheKeyFn: (key) => key.id,
    cacheMap: new Map(),
  })
  const [x, y] = [{ id: 1 }, { id: 1 }]
  say('same key', scheduled.load(x) === scheduled.load(y), (await scheduled.load(x)) === x, order)
  class Own extends DataLoader {
    load(key) {
      return super.load(`own ${key}`)
    }
  }
  say('extended', await new Own(async (keys) => keys).load('x'), new Own(batch) instanceof DataLoader)
  const ticks = []
  process.nextTick(() => ticks.push('tick'))
  Promise.resolve().then(() => ticks.push('microtask'))
  await new DataLoader(async (keys) => (ticks.push('batch'), keys)).load(1).then(() => ticks.push('loaded'))
  say('order', ticks, batches)
}

exports.memoizer = async ({ memoizer }) => {
  say('memoizer', shape(memoizer), Object.keys(memoizer).join())
  for (const bad of [undefined, null, {}, { load: 7 }]) await attempt('memoizer', () => typeof memoizer(bad))
  const thrown = Object.freeze(new Error('mine'))
  let loads = 0
  const load = (key, options, done) =>
    setImmediate(() => (key === 'bad' ? done(thrown) : done(null, { key, load: ++loads })))
  const memoized = memoizer({ load, hash: (key) => key, max: 10 })
  say('memoized', shape(memoized), Object.keys(memoized).join())
  const ask = (key) =>
    new Promise((resolve) => memoized(key, {}, (error, value) => resolve([error === thrown, value])))
  say('together', await Promise.all([ask('a'), ask('a'), ask('b'), ask('bad')]))
  say('again', await ask('a'), memoized.keys?.())
  await attempt(
    'callback throws',
    () =>
      new Promise((resolve) => {
        process.once('uncaughtException', (error) => resolve(error.message))
        memoized('a', {}, () => {
          throw new Error('in the callback')
        })
      }),
  )
  await attempt('no callback', () => memoized('a', {}))
  const sync = memoizer.sync({ load: (key) => ({ key, load: ++loads }), hash: (key) => key, max: 10 })
  say('sync', sync('a') === sync('a'), shape(sync))
  await attempt('sync throws', () =>
    memoizer.sync({
      load: () => {
        throw thrown
      },
      hash: (key) => key,
      max: 1,
    })('x'),
  )
  memoized.on?.('hit', () => say('hit'))
  await ask('a')
  await tick()
}
