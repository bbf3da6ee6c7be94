const { Writable } = require('node:stream')
const { attempt, calls, listeners, say, shape, tick } = require('./transcript.cjs')

exports.winston = async ({ winston }) => {
  say('winston', Object.keys(winston).join(), shape(winston.createLogger), shape(winston.transports.Console))
  const lines = []
  const stream = new Writable({
    write: (chunk, encoding, done) => (lines.push(String(chunk).trim()), done()),
  })
  class Own extends winston.Transport {
    log(info, done) {
      lines.push(`own ${JSON.stringify(info)} `)
      say('symbols of a line', Object.getOwnPropertySymbols(info).map(String).toSorted().join())
      setImmediate(() => this.emit('logged', info))
      done()
    }
  }
  const own = new Own({ level: 'warn' })
  const logger = winston.createLogger({
    level: 'info',
    defaultMeta: Object.freeze({ app: 'shop' }),
    transports: [new winston.transports.Stream({ stream }), own],
  })
  say(
    'logger',
    Object.keys(logger).join(),
    listeners(logger),
    logger.transports.length,
    logger.transports[1] === own,
  )
  for (const name of ['log', 'info', 'write', 'child', 'configure', 'add', 'end'])
    say(`shape of ${name}`, shape(logger[name]), Object.hasOwn(logger, name))
  for (const args of [
    [],
    [undefined],
    [null],
    [7],
    ['text'],
    ['text', undefined],
    ['text', null],
    ['text', { a: 1 }],
    ['text', Object.freeze({ a: 1 })],
    ['%s', 'a'],
    [new Error('mine')],
    ['failed', new Error('mine')],
    [{ message: 'object' }],
    [Object.freeze({ message: 'frozen', level: 'info' })],
    ['text', 'more', 7],
    ['text', () => {}],
  ])
    await attempt('info', () => logger.info(...args) === logger)
  for (const args of [
    [],
    ['info'],
    ['info', 'text'],
    ['none', 'text'],
    [{ level: 'warn', message: 'object' }],
    ['error', 'text', { stack: 'own' }],
    ['info', null],
    [null],
    [{ level: 'info', message: 'ids', trace_id: 'own' }],
  ])
    await attempt('log', () => logger.log(...args) === logger)
  const child = logger.child({ request: 7 })
  child.warn('child', { b: 2 })
  say('child', Object.getPrototypeOf(child) === logger, child.transports === logger.transports)
  const formatted = winston.createLogger({
    format: winston.format.combine(
      winston.format.splat(),
      winston.format((info) => (info.skip ? false : Object.assign(info, { stamped: true })))(),
      winston.format.printf((info) =>
        Object.keys(info)
          .toSorted()
          .filter((key) => !/^(trace_|span_|operation_id)/.test(key))
          .join(),
      ),
    ),
    transports: [new winston.transports.Stream({ stream })],
  })
  formatted.info('%s', 'x', { a: 1 })
  formatted.info('x', { skip: true })
  await attempt('format throws', () =>
    winston
      .createLogger({
        format: winston.format(() => {
          throw new Error('format')
        })(),
        transports: [own],
      })
      .error('x'),
  )
  logger.on('data', (info) => lines.push(`data ${info.message}`))
  logger.write({ level: 'info', message: 'written' })
  logger.profile('p')
  logger.remove(own)
  logger.configure({ level: 'silly', transports: [own] })
  logger.error('configured')
  await tick()
  const finished = new Promise((resolve) => logger.on('finish', resolve))
  logger.end()
  await finished
  const plain = (line) =>
    line
      .replaceAll(/"stack":"(?!own)(?:[^"\\]|\\.)*"/g, '"stack"')
      .replaceAll(/,?"(trace_id|span_id|trace_flags|operation_id)":"(?!own)[^"]*"/g, '')
  say('lines', lines.map(plain))
  const { info } = winston
  say('default', shape(info), shape(winston.log))
  await attempt('no transports', () => typeof winston.createLogger().info('x'))
  logger.removeAllListeners()
}

exports.bunyan = async ({ bunyan }) => {
  say('shapes', shape(bunyan), shape(bunyan.prototype.info), shape(bunyan.prototype._emit))
  say('bunyan', Object.keys(bunyan).join())
  const records = []
  const raw = { write: (record) => void records.push(record) }
  const texts = []
  const text = { write: (line) => void texts.push(line) }
  const options = {
    name: 'shop',
    serializers: bunyan.stdSerializers,
    streams: [
      { type: 'raw', stream: raw, level: 'debug' },
      { stream: text, level: 'warn' },
    ],
  }
  const log = bunyan.createLogger(options)
  say(
    'logger',
    Object.keys(log).join(),
    log.streams.length,
    log.streams[0].stream === raw,
    listeners(log),
    options,
  )
  for (const args of [
    [],
    [undefined],
    [null],
    [7],
    ['text'],
    ['%s %d', 'a', 1],
    [{ a: 1 }, 'text'],
    [Object.freeze({ a: 1 }), 'frozen'],
    [new Error('mine')],
    [{ err: new Error('mine') }, 'x'],
    [[1, 2]],
    [{ msg: 'own' }],
    [{ trace_id: 'own', span_id: 'own' }, 'ids'],
  ])
    await attempt('info', () => log.warn(...args))
  const child = log.child({ request: 7 }, true)
  child.error('child')
  log.child({ streams: [{ type: 'raw', stream: raw }] }).fatal('deep')
  for (const bad of [
    undefined,
    null,
    7,
    {},
    { name: 7 },
    { name: 'x', streams: 7 },
    { name: 'x', stream: {}, streams: [] },
    { name: 'x', level: 'none' },
  ])
    await attempt('createLogger', () => typeof bunyan.createLogger(bad))
  await attempt('write throws', () =>
    bunyan
      .createLogger({
        name: 'x',
        streams: [
          {
            type: 'raw',
            stream: {
              write() {
                throw new Error('full')
              },
            },
          },
        ],
      })
      .info('x'),
  )
  log.level('error')
  say('level', log.levels(), log.info(), log.error())
  log.addStream({ type: 'raw', stream: raw, level: 'trace' })
  log.trace('added')
  const steady = ({ time, pid, hostname, trace_id, span_id, trace_flags, operation_id, ...rest }) => [
    JSON.stringify(rest, (key, value) => (key === 'stack' ? calls({ stack: value }).length > 0 : value)),
    trace_id === 'own',
    time instanceof Date,
  ]
  say(
    'records',
    records.map(steady),
    records.map((record) => typeof record),
  )
  say(
    'texts',
    texts.map((line) => steady(JSON.parse(line))),
  )
  await tick()
}
