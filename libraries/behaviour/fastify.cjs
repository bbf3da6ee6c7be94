const http = require('node:http')
const { Readable } = require('node:stream')
const { attempt, calls, get, listeners, post, say, shape, tick } = require('./transcript.cjs')

exports.run = async ({ Fastify }) => {
  say(
    'Fastify',
    shape(Fastify),
    Object.keys(Fastify).join(),
    Fastify.default === Fastify,
    Fastify.fastify === Fastify,
  )
  await arguments_(Fastify)
  await requests(Fastify)
  await errors(Fastify)
  await inject(Fastify)
}

async function arguments_(Fastify) {
  for (const options of [
    undefined,
    null,
    7,
    'text',
    [],
    Object.freeze({}),
    { logger: 'yes' },
    { serverFactory: 7 },
  ])
    await attempt('Fastify', () => typeof Fastify(options))
  const app = Fastify()
  for (const nothing of [
    undefined,
    null,
    7,
    {},
    'text',
    () => {},
    Object.freeze({ method: 'GET', url: '/frozen', handler: Object.freeze(() => 'x') }),
  ]) {
    await attempt('route', () => app.route(nothing) === app)
    await attempt('get', () => app.get('/path', nothing) === app)
    await attempt('hook', () => app.addHook('onRequest', nothing) === app)
    await attempt('register', () => typeof Fastify().register(nothing))
  }
  await attempt('bad hook', () => app.addHook('nothing', () => {}))
  await attempt('twice', () => app.get('/a', () => {}).get('/a', () => {}))
  await attempt('decorate', () => app.decorate('own', 7).own)
  say('app', Object.keys(app).join())
}

async function requests(Fastify) {
  const app = Fastify({ forceCloseConnections: true })
  const seen = {}
  const order = []
  for (const name of [
    'onRequest',
    'preParsing',
    'preValidation',
    'preHandler',
    'preSerialization',
    'onSend',
    'onResponse',
  ])
    app.addHook(name, async () => void order.push(name))
  app.addHook('onRequest', (request, reply, done) => {
    seen.done = shape(done)
    seen.own = [Object.keys(request).join(), Object.keys(reply).join()]
    seen.listeners = [request.raw, reply.raw].map(listeners)
    seen.stack = calls(new Error('here'))
    done()
  })
  async function named(request, reply) {
    seen.route = [
      request.routeOptions.url,
      request.routeOptions.handler === named,
      request.params,
      this === app,
    ]
    seen.inside = calls(new Error('here'))
    await tick()
    return reply.header('x-own', '1').send({ id: request.params.id })
  }
  app.get('/items/:id', { schema: { params: { type: 'object' } }, config: Object.freeze({ a: 1 }) }, named)
  app.post('/echo', (request) => request.body)
  app.get('/stream', (request, reply) => reply.send(Readable.from(['a', 'b'])))
  app.get('/hijack', (request, reply) => {
    reply.hijack()
    reply.raw.end('mine')
  })
  app.get('/callback', (request, reply) => setImmediate(() => reply.send('later')))
  app.get('/redirect', (request, reply) => reply.redirect('/elsewhere'))
  await app.register(async (plugin) => plugin.get('/x', async () => 'inner'), { prefix: '/inner' })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = new URL(address)
  say('address', address, app.server instanceof http.Server, listeners(app.server))
  say('answer', await get(port, '/items/8?x=1'))
  say('order', order.splice(0))
  for (const [key, value] of Object.entries(seen)) say(key, value)
  for (const path of ['stream', 'hijack', 'callback', 'redirect', 'inner/x', 'none', 'items/%ZZ', 'ITEMS/8'])
    say(path, await get(port, `/${path}`))
  say('json', await post(port, 'application/json', '{"a":1}'))
  say('bad json', await post(port, 'application/json', '{"a"'))
  say('bad type', await post(port, 'text/none', 'x'))
  say('routes', app.printRoutes())
  await app.close()
  say('closed', app.server.listening)
  await attempt('after close', () => app.inject('/items/8'))
}

async function errors(Fastify) {
  const thrown = Object.assign(new Error('mine'), { statusCode: 418, code: 'MINE' })
  const app = Fastify()
  app.get('/async', async () => {
    throw thrown
  })
  app.get('/sync', () => {
    throw thrown
  })
  app.get('/send', (request, reply) => reply.send(thrown))
  app.get('/string', async () => {
    throw 'a string'
  })
  app.get('/twice', async (request, reply) => {
    reply.send('one')
    return reply.send('two')
  })
  app.get('/hook', { preHandler: (request, reply, done) => done(thrown) }, () => 'not reached')
  app.get(
    '/hook-throws',
    {
      preHandler: async () => {
        throw thrown
      },
    },
    () => 'not reached',
  )
  app.get(
    '/serialize',
    {
      schema: {
        response: { 200: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } },
      },
    },
    () => ({}),
  )
  app.get(
    '/handled',
    { errorHandler: (error, request, reply) => reply.send({ same: error === thrown, calls: calls(error) }) },
    async () => {
      throw thrown
    },
  )
  const answer = (error, request, reply) => (
    request.query.status && reply.code(Number(request.query.status)),
    request.query.redirect ? reply.redirect('/elsewhere') : reply.send('handled')
  )
  app.get('/answered', { errorHandler: answer }, async () => {
    throw thrown
  })
  app.get('/answered-sync', { errorHandler: answer }, () => {
    throw thrown
  })
  app.get('/answered-sent', { errorHandler: answer }, (request, reply) => reply.code(200).send(thrown))
  app.get(
    '/answered-hook',
    {
      errorHandler: answer,
      preHandler: async () => {
        throw thrown
      },
    },
    () => 'not reached',
  )
  app.get('/coded', { errorHandler: answer }, async (request, reply) => {
    reply.code(202)
    throw thrown
  })
  app.get(
    '/throwing',
    {
      errorHandler: () => {
        throw new Error('again')
      },
    },
    async () => {
      throw thrown
    },
  )
  app.addHook('onError', async (request, reply, error) =>
    say('onError', request.url, error === thrown, error?.message),
  )
  app.addHook('onSend', async (request, reply, payload) => (request.query.change ? 'changed' : payload))
  for (const path of [
    'async',
    'sync',
    'send',
    'string',
    'twice',
    'hook',
    'hook-throws',
    'serialize',
    'handled',
    'async?change=1',
    ...['answered', 'answered-sync', 'answered-sent', 'answered-hook', 'coded'].flatMap((path) => [
      path,
      `${path}?status=201`,
      `${path}?redirect=1`,
    ]),
    'throwing',
  ]) {
    const { statusCode, payload, headers } = await app.inject(`/${path}`)
    say(path, statusCode, payload, headers['content-type'])
  }
  await app.close()
  const failing = Fastify()
  failing.register(async () => {
    throw thrown
  })
  await attempt('ready', () => failing.ready())
  await attempt('same error', () => failing.ready().catch((error) => error === thrown))
}

async function inject(Fastify) {
  const app = Fastify({
    logger: {
      level: 'info',
      stream: {
        write: (line) =>
          say(
            'log',
            Object.keys(JSON.parse(line)).filter(
              (key) => !/^(trace_|span_|operation_)|^(service|environment|request_id|user_id)$/.test(key),
            ),
            JSON.parse(line).msg,
          ),
      },
    },
    genReqId: () => 'r-1',
  })
  app.get('/log', async (request) => {
    request.log.info('in the handler')
    return request.id
  })
  app.get('/stack', () => calls(new Error('here')))
  say('stack', (await app.inject('/stack')).json())
  say('plugins', app.printPlugins().replaceAll(/\d+ ms/g, 'ms'), Object.keys(app).length)
  const request = { method: 'GET', url: '/log', headers: Object.freeze({ 'x-a': '1' }) }
  const { payload, raw } = await app.inject(Object.freeze(request))
  say('inject', payload, Object.keys(raw).join(), listeners(raw.req), listeners(raw.res))
  await attempt('inject nothing', () => app.inject())
  await attempt(
    'routing',
    () =>
      new Promise((resolve) => {
        app.routing(
          { method: 'GET', url: '/none', headers: {} },
          {
            end: resolve,
            writeHead() {},
            setHeader() {},
            getHeader() {},
            hasHeader() {},
            removeHeader() {},
            on() {},
            once() {},
          },
        )
      }),
  )
  await app.close()
}
