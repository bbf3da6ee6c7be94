const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Writable } = require('node:stream')
const { attempt, calls, listeners, say, shape, tick } = require('./transcript.cjs')

// Fields that Waybill is asked to add.
const ADDED = /^(trace_id|span_id|trace_flags|operation_id|request_id|user_id|service|environment)$/
const seen = (line) => {
  // pino writes `undefined` as it is.
  if (line.includes(':undefined')) return line.replace(/"time":\d+/, '').replace(/"service":"[^"]*",/, '')
  const { time, pid, hostname, ...rest } = JSON.parse(line)
  return JSON.stringify(rest, (key, value) =>
    ADDED.test(key) ? undefined : key === 'stack' ? String(value).split('\n')[0] : value,
  )
}

exports.run = async ({ pino }) => {
  surface(pino)
  await arguments_(pino)
  await lines(pino)
  await destinations(pino)
  await transports(pino)
  await patchedByTheApp(pino)
}

const memory = () => {
  const lines = []
  return { lines, write: (line) => void lines.push(line) }
}

function surface(pino) {
  say('pino', shape(pino), Object.keys(pino).join(), pino.default === pino, pino.pino === pino)
  const logger = pino({}, memory())
  say('logger', Object.keys(logger).join(), Object.getOwnPropertySymbols(logger).map(String).join())
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(logger))
  say('prototype', Reflect.ownKeys(prototype).map(String).join())
  for (const name of ['info', 'child', 'write', 'flush', 'bindings', 'isLevelEnabled', 'setBindings'])
    say(name, shape(logger[name]))
  say(
    'symbols',
    Object.entries(pino.symbols)
      .map(([name, symbol]) => [name, typeof logger[symbol]])
      .join(),
  )
  say('stream', logger[pino.symbols.streamSym]?.constructor.name)
  const stream = memory()
  say('same stream', pino({}, stream)[pino.symbols.streamSym] === stream)
  const options = { level: 'warn', base: null }
  const one = pino(options)
  say('options', options, one.level, one.levels === pino.levels)
}

async function arguments_(pino) {
  const good = memory()
  for (const options of [
    undefined,
    null,
    7,
    [],
    Object.freeze({ base: Object.freeze({ a: 1 }) }),
    { level: 'none' },
    { mixin: 7 },
    { customLevels: { info: 3 } },
    { formatters: { level: 7 } },
    { transport: {} },
    { transport: 7 },
    { redact: 7 },
  ])
    await attempt('options', () => typeof pino(options, good))
  for (const destination of [7, {}, Object.freeze(memory()), new EventEmitter()])
    await attempt('destination', () => {
      const logger = pino({}, destination)
      logger.info('there')
      return destination?.lines?.length
    })
  const logger = pino({ base: null }, good)
  good.lines.length = 0
  for (const args of [
    [],
    [undefined],
    [null],
    [7],
    [''],
    [Symbol('s')],
    [{}],
    [null, 'text'],
    [undefined, 'text %s', 1],
    ['%s %d %j %o %%', 'a', 1, { b: 2 }, [3]],
    ['a', 'b', 'c'],
    [new Error('mine')],
    [new Error('mine'), 'said'],
    [{ err: new TypeError('inner') }, 'x'],
    [{ trace_id: 'own', span_id: 7, service: 'mine' }, 'own ids'],
    [{ msg: 'in object' }],
    [{ toJSON: () => 'json' }],
    [Object.freeze({ a: Object.freeze([1]) })],
    [Object.create(null, { a: { value: 1, enumerable: true } })],
    [() => {}],
    [10n],
    [{ level: 'x', time: 'y', a: undefined, b: NaN }],
    ['line\nbreak \u2028 "quoted"'],
  ])
    await attempt('info', () => logger.info(...args))
  const circular = {}
  circular.self = circular
  logger.info(circular, 'circular')
  await attempt('throwing getter', () =>
    logger.info({
      get a() {
        throw new Error('getter')
      },
    }),
  )
  await attempt('throwing toJSON', () =>
    logger.info({
      a: {
        toJSON() {
          throw new Error('toJSON')
        },
      },
    }),
  )
  for (const line of good.lines) say('line', seen(line), line.endsWith('\n'))
}

async function lines(pino) {
  const out = memory()
  const order = []
  const logger = pino(
    {
      base: { name: 'shop' },
      timestamp: () => ',"time":1',
      messageKey: 'message',
      errorKey: 'error',
      nestedKey: 'payload',
      mixin: (object, level, self) => (order.push(['mixin', level, self === logger]), { mixed: true }),
      mixinMergeStrategy: (object, mixed) => ({ ...mixed, ...object, merged: true }),
      formatters: {
        level: (label, number) => ({ level: label, number }),
        bindings: (bindings) => ({ ...bindings, bound: 1 }),
        log: (object) => ({ ...object, logged: 1 }),
      },
      serializers: { user: (user) => user.id, [Symbol.for('pino.*')]: (object) => object },
      redact: ['payload.password', 'user.password'],
      hooks: {
        logMethod(args, method, level) {
          order.push(['logMethod', args.length, shape(method), level, this === logger || 'child'])
          return method.apply(this, args)
        },
        streamWrite: (line) => line.replace('shop', 'SHOP'),
      },
      customLevels: { audit: 35 },
      onChild: (child) => order.push(['onChild', child.bindings()]),
    },
    out,
  )
  logger.info({ user: { id: 7 }, password: 'secret' }, 'bought %s', 'tea')
  logger.audit('audited')
  const child = logger.child(
    { a: 1, user: { id: 8 } },
    { level: 'error', serializers: { a: (a) => a + 1 }, redact: [], msgPrefix: '[child] ' },
  )
  child.error(new RangeError('far'), 'failed')
  child.child({}).fatal('deep')
  child.info('not seen')
  say(
    'child',
    child.level,
    child.bindings(),
    child.isLevelEnabled('info'),
    Object.getPrototypeOf(child) === logger,
    shape(child.info),
  )
  child.setBindings({ later: true })
  child.error('later')
  logger.level = 'silent'
  say('level', logger.level, logger.levelVal, shape(logger.info), logger.info === logger.debug)
  logger.level = 'trace'
  logger.on('level-change', (...args) => say('level-change', args.slice(0, 4)))
  logger.level = 'debug'
  for (const line of out.lines) say('line', seen(line))
  say('order', order)
  const where = memory()
  pino(
    { mixin: () => ({ calls: calls(new Error('here')).filter((line) => line.includes('pino.cjs')) }) },
    where,
  ).info('x')
  say('stack', seen(where.lines[0]))
  await attempt('mixin throws', () =>
    pino(
      {
        mixin: () => {
          throw new Error('mixin')
        },
      },
      out,
    ).info('x'),
  )
  await attempt('logMethod throws', () =>
    pino(
      {
        hooks: {
          logMethod() {
            throw new Error('hook')
          },
        },
      },
      out,
    ).info('x'),
  )
  await attempt('write throws', () =>
    pino(
      {},
      {
        write() {
          throw new Error('full')
        },
      },
    ).info('x'),
  )
  await attempt('serializer throws', () =>
    pino(
      {
        serializers: {
          a() {
            throw new Error('serializer')
          },
        },
      },
      out,
    ).info({ a: 1 }),
  )
  const bound = pino({ base: null }, out).info
  await attempt('unbound', () => bound('no this'))
}

async function destinations(pino) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pino-'))
  const file = path.join(folder, 'a.log')
  const read = () => fs.readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(seen)
  const sync = pino.destination({ dest: file, sync: true })
  const logger = pino({ base: null }, sync)
  say('destination', listeners(sync), logger[pino.symbols.streamSym] === sync)
  logger.info('sync')
  say('sync', read())
  const later = pino.destination({ dest: file, sync: false, minLength: 4096 })
  const buffered = pino({ base: null }, later)
  buffered.info('buffered')
  say('before flush', read().length)
  await attempt(
    'flush',
    () => new Promise((resolve) => buffered.flush((error) => resolve([error, read().length]))),
  )
  await attempt('flush, bad callback', () => buffered.flush(7))
  await attempt('flush without', () => pino({}, memory()).flush())
  await attempt('flush of memory', () => new Promise((resolve) => pino({}, memory()).flush(resolve)))
  later.flushSync()
  later.end()
  await new Promise((resolve) => later.on('close', resolve))
  const { write } = process.stdout
  const caught = []
  process.stdout.write = (text) => caught.push(text) > 0
  const out = pino({ base: null }, process.stdout)
  out.info('to stdout')
  pino({ base: null, level: 'error' }, process.stderr).info('not said')
  process.stdout.write = write
  say('stdout', caught.map(seen), listeners(process.stdout), out[pino.symbols.streamSym] === process.stdout)
  const writable = new Writable({ write: (chunk, encoding, done) => (caught.push(String(chunk)), done()) })
  pino({ base: null }, writable).info('writable')
  say('writable', seen(caught.at(-1)), listeners(writable))
  const streams = [memory(), memory()]
  const multi = pino.multistream([{ stream: streams[0] }, { level: 'error', stream: streams[1] }])
  const both = pino({ base: null, level: 'debug' }, multi)
  both.debug('low')
  both.info('middle')
  both.error('high')
  multi.add({ level: 'debug', stream: memory() })
  say(
    'multistream',
    streams.map(({ lines }) => lines.map(seen)),
    both[pino.symbols.streamSym] === multi,
    Object.keys(multi).join(),
  )
  const metadata = Object.assign(memory(), { [Symbol.for('pino.metadata')]: true })
  pino({ base: null }, metadata).child({ a: 1 }).warn({ b: 2 }, 'with metadata')
  say(
    'metadata',
    metadata.lastLevel,
    metadata.lastMsg,
    metadata.lastObj,
    typeof metadata.lastTime,
    metadata.lastLogger?.bindings(),
  )
  fs.rmSync(folder, { recursive: true })
}

async function transports(pino) {
  // A transport's thread does not.
  const alive = setInterval(() => {}, 1000)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pino-'))
  const file = path.join(folder, 'b.log')
  const transport = pino.transport({
    targets: [{ target: 'pino/file', level: 'warn', options: { destination: file } }],
  })
  const logger = pino({ base: null }, transport)
  await new Promise((resolve) => transport.on('ready', resolve))
  logger.info('low')
  logger.error('high')
  await attempt('flush', () => new Promise((resolve) => logger.flush(resolve)))
  while (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') === '') await tick()
  say('transport', fs.readFileSync(file, 'utf8').trim().split('\n').map(seen), listeners(transport))
  transport.end()
  await attempt(
    'unknown transport',
    () =>
      new Promise((resolve) =>
        pino.transport({ target: 'none-such' }).on('error', (error) => resolve(error.message.split('\n')[0])),
      ),
  )
  clearInterval(alive)
  fs.rmSync(folder, { recursive: true })
}

async function patchedByTheApp(pino) {
  const out = memory()
  const logger = pino({ base: null }, out)
  const { asJsonSym, writeSym } = pino.symbols
  const original = logger[writeSym]
  const seenWrites = []
  logger[writeSym] = function (...args) {
    seenWrites.push(args.map((one) => typeof one).join())
    return Reflect.apply(original, this, args)
  }
  logger.info({ a: 1 }, 'patched')
  const asJson = logger[asJsonSym]
  logger[asJsonSym] = function (...args) {
    return Reflect.apply(asJson, this, args).replace('patched', 'PATCHED')
  }
  logger.info('patched')
  logger.info = () => seenWrites.push('stub')
  logger.info('stubbed')
  say('patched', seenWrites, out.lines.map(seen))
  await tick()
}
