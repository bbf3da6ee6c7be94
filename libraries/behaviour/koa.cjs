const { EventEmitter } = require('node:events')
const http = require('node:http')
const { Readable } = require('node:stream')
const { attempt, calls, close, get, listen, listeners, say, shape, tick } = require('./transcript.cjs')

exports.run = async ({ Koa, Router }) => {
  surface(Koa)
  await arguments_(Koa, Router)
  await requests(Koa, Router)
  await errors(Koa)
  await plainObjects(Koa)
  await patchedByTheApp(Koa)
}

function surface(Koa) {
  say('Koa', shape(Koa), Object.keys(Koa).join())
  say('prototype', Reflect.ownKeys(Koa.prototype).map(String).join())
  for (const name of ['use', 'callback', 'createContext', 'handleRequest', 'listen', 'onerror'])
    say(name, shape(Koa.prototype[name]), {
      ...Object.getOwnPropertyDescriptor(Koa.prototype, name),
      value: '',
    })
  const app = new Koa()
  say('app', app, listeners(app), Object.keys(app).join())
  class Own extends Koa {
    createContext(request, response) {
      return Object.assign(super.createContext(request, response), { own: true })
    }
  }
  say('extended', new Own().createContext({ headers: {}, socket: {}, url: '/' }, {}).own)
}

async function arguments_(Koa, Router) {
  for (const nothing of [
    undefined,
    null,
    7,
    'path',
    {},
    [],
    [null],
    function* generator() {},
    async () => {},
  ])
    await attempt('use', () => new Koa().use(nothing).middleware.map(shape))
  for (const nothing of [undefined, null, 7, '/', {}, [], () => {}]) {
    await attempt('router.use', () => typeof new Router().use(nothing))
    await attempt('router.get', () => typeof new Router().get('/', nothing))
  }
  await attempt('without new', () => Koa())
  await attempt('bad options', () => new Koa(Object.freeze({ proxy: true, env: 'test' })).env)
  const frozen = Object.freeze(async (context, next) => next())
  const app = new Koa()
  say('identity', app.use(frozen) === app, app.middleware[0] === frozen)
}

async function requests(Koa, Router) {
  const app = new Koa()
  const seen = {}
  const first = async (context, next) => {
    seen.next = shape(next)
    seen.keys = [context, context.req, context.res, context.request].map((one) => Object.keys(one).join())
    seen.listeners = [context.req, context.res].map(listeners)
    seen.current = app.currentContext === context || app.currentContext
    seen.stack = calls(new Error('here'))
    const before = await next()
    seen.result = before
    seen.twice = await next().catch((error) => error.message)
  }
  const named = async function named(context) {
    seen.route = [context._matchedRoute, context.routerPath, context.params, context.routeName]
    seen.stackInside = calls(new Error('here'))
    context.body = { path: context.path }
    return 'result'
  }
  const router = new Router({ prefix: '/items' })
  router.get('item', '/:id', named)
  app.use(first).use(router.routes()).use(router.allowedMethods())
  say('middleware', app.middleware.map(shape), app.middleware[0] === first)
  say(
    'router',
    router.stack.map(({ path, methods, stack }) => [path, methods, stack.map((one) => one === named)]),
  )
  const server = http.createServer(app.callback())
  const port = await listen(server)
  say('answer', await get(port, '/items/8'))
  for (const [key, value] of Object.entries(seen)) say(key, value)
  say('nothing', await get(port, '/none'))
  await close(server)

  const bodies = {
    text: 'text',
    buffer: Buffer.from('bytes'),
    null: null,
    undefined: undefined,
    stream: () => Readable.from(['a', 'b']),
    broken: () =>
      new Readable({
        read() {
          this.destroy(new Error('broken stream'))
        },
      }),
    object: Object.freeze({ a: 1 }),
    number: 7,
    response: () => new Response('web'),
  }
  const app2 = new Koa({ env: 'test' })
  app2.silent = true
  app2.on('error', (error, context) => say('app error', error, context?.path))
  app2.use((context) => {
    if (context.path === '/respond') {
      context.respond = false
      context.res.end('by itself')
      return
    }
    const body = bodies[context.path.slice(1)]
    context.body = typeof body === 'function' ? body() : body
  })
  const server2 = app2.listen(0, '127.0.0.1')
  await new Promise((resolve) => server2.on('listening', resolve))
  say('listen', server2 instanceof http.Server, listeners(server2))
  for (const name of [...Object.keys(bodies), 'respond'])
    say(name, await get(server2.address().port, `/${name}`))
  await close(server2)
}

async function errors(Koa) {
  const thrown = Object.assign(new Error('mine'), { status: 418, expose: true })
  const app = new Koa()
  const heard = []
  app.on('error', (error, context) => heard.push(error === thrown, calls(error), context.path))
  app.use(async (context, next) => {
    if (context.path === '/caught') {
      try {
        await next()
      } catch (error) {
        context.body = error === thrown ? 'the same' : 'another'
      }
    } else await next()
  })
  app.use((context) => {
    if (context.path === '/throw') context.throw(403, 'no', { reason: 'none' })
    if (context.path === '/assert') context.assert(false, 401)
    if (context.path === '/string') throw 'a string'
    if (context.path === '/sent') {
      context.res.end('sent')
      throw thrown
    }
    if (context.path === '/emitted') context.app.emit('error', thrown, context)
    else if (context.path === '/event') context.res.emit('error', thrown)
    else throw thrown
  })
  const server = http.createServer(app.callback())
  const port = await listen(server)
  for (const path of ['mine', 'caught', 'throw', 'assert', 'string', 'sent', 'emitted', 'event']) {
    say(path, await get(port, `/${path}`))
    await tick()
    say('heard', heard.splice(0))
  }
  const { error } = console
  app.removeAllListeners('error')
  console.error = (text) => say('console', String(text).trim().split('\n')[0])
  app.silent = false
  await attempt('onerror', () => app.onerror(new Error('loud')))
  await attempt('onerror, not an error', () => app.onerror('text'))
  await attempt('onerror, other realm', () =>
    app.onerror(require('node:vm').runInNewContext('new Error("far")')),
  )
  console.error = error
  await close(server)
}

/** koa's own tests make contexts of plain objects. */
async function plainObjects(Koa) {
  const app = new Koa()
  const socket = { remoteAddress: '127.0.0.1' }
  for (const [request, response] of [
    [{ headers: {}, url: '/x', socket }, {}],
    [Object.freeze({ headers: {}, url: '/x', socket }), Object.freeze({})],
    [{}, {}],
    [new EventEmitter(), new EventEmitter()],
    [undefined, undefined],
    ['text', 7],
  ]) {
    await attempt('createContext', () => {
      const context = app.createContext(request, response)
      return [
        context.req === request,
        context.res === response,
        context.request.req === request,
        Object.keys(context).join(),
      ]
    })
    say(
      'untouched',
      request && Reflect.ownKeys(Object(request)).map(String).join(),
      response && Reflect.ownKeys(Object(response)).map(String).join(),
    )
  }
  await attempt('no arguments', () => Object.keys(app.createContext()).join())
  await attempt('callback', () =>
    app.use((context) => say('in', context.url)).callback()({ headers: {}, url: '/y', socket }, {}),
  )
}

async function patchedByTheApp(Koa) {
  const { createContext } = Koa.prototype
  const seen = []
  Koa.prototype.createContext = function mine(...args) {
    seen.push(args.length)
    return Reflect.apply(createContext, this, args)
  }
  const app = new Koa().use((context) => (context.body = 'ok'))
  const server = http.createServer(app.callback())
  const port = await listen(server)
  say('replaced', await get(port, '/'), seen)
  Koa.prototype.createContext = createContext
  app.createContext = () => {
    throw new Error('stub')
  }
  app.handleRequest = undefined
  process.once('uncaughtException', (error) => {
    say('stubbed', error, calls(error))
    server.closeAllConnections()
  })
  await get(port, '/')
  await close(server)
  say('put back', Koa.prototype.createContext === createContext)
}
