const { EventEmitter } = require('node:events')
const http = require('node:http')
const {
  attempt,
  calls,
  close,
  get,
  listen,
  listeners,
  post,
  raw,
  say,
  shape,
  tick,
} = require('./transcript.cjs')

exports.run = async ({ express }) => {
  surface(express)
  await arguments_(express)
  await handlers(express)
  await errors(express)
  await plainObjects(express)
  await answers(express)
  await patchedByTheApp(express)
}

function surface(express) {
  say('express', shape(express), Object.keys(express).join())
  const app = express()
  for (const name of ['use', 'get', 'route', 'handle', 'listen', 'param', 'all'])
    say(`app.${name}`, shape(app[name]))
  const router = express.Router()
  for (const name of ['use', 'get', 'route', 'handle', 'param']) say(`router.${name}`, shape(router[name]))
  say('app', listeners(app), app.use === express.application.use, Object.keys(app).join())
  say('Router', Object.getPrototypeOf(router) === express.Router || router instanceof express.Router)
  say('prototypes', Object.keys(express.request).join(), Object.keys(express.response).join())
}

async function arguments_(express) {
  const nothings = [undefined, null, 7, 'path', {}, [], [null], Symbol('s'), () => {}, ['/a', '/b'], /x/]
  for (const of of [() => express(), () => express.Router()]) {
    await attempt('use()', () => typeof of().use())
    for (const nothing of nothings) {
      await attempt('use one', () => typeof of().use(nothing))
      await attempt('use path and', () => typeof of().use('/path', nothing))
      await attempt('use then', () => typeof of().use(nothing, () => {}))
      await attempt('get', () => typeof of().get('/path', nothing))
      await attempt('route', () => typeof of().route(nothing))
    }
    await attempt('bad path', () => typeof of().get('/:', () => {}))
    await attempt('bad mount', () => typeof of().use('/*x(', () => {}))
    await attempt('handle', () => of().handle())
    const self = of()
    say('chained', self.use(() => {}) === self, self.get('/', () => {}) === self)
    await attempt('frozen handler', () => typeof self.use(Object.freeze(() => {})))
    await attempt(
      'frozen list',
      () => typeof self.use(Object.freeze(['/a', '/b']), Object.freeze([() => {}])),
    )
    await attempt('itself', () => typeof self.use(self))
  }
}

async function handlers(express) {
  const app = express()
  const seen = {}
  function first(request, response, next) {
    seen.next = [shape(next), request.next === next]
    seen.own = [Object.keys(request).join(), Object.keys(response).join()]
    seen.listeners = [request, response].map(listeners)
    seen.stack = calls(new Error('here'))
    seen.instance = [request instanceof http.IncomingMessage, response instanceof http.ServerResponse]
    seen.prototypes = [
      Object.getPrototypeOf(request) === app.request,
      Object.getPrototypeOf(response) === app.response,
    ]
    next()
  }
  const named = async function named(request, response) {
    seen.this = this === undefined || this === globalThis
    seen.route = [
      request.route.path,
      request.route.stack[0].handle === named,
      request.baseUrl,
      request.params,
    ]
    await tick()
    seen.stackInside = calls(new Error('here'))
    response.json({ path: request.path, url: request.originalUrl })
  }
  const router = express.Router({ mergeParams: true })
  app.use(first)
  app.use('/shops/:shop', router)
  router.get('/items/:item', named)
  router.param('item', (request, response, next, item, name) => {
    seen.param = [item, name]
    next()
  })
  const stackOf = (of) => of.stack ?? of._router?.stack ?? of.router.stack
  say(
    'stack',
    stackOf(app).map((layer) => [layer.name, shape(layer.handle), Object.keys(layer).join()]),
  )
  say(
    'identity',
    stackOf(app).some(({ handle }) => handle === first),
    stackOf(app).some(({ handle }) => handle === router),
  )
  say(
    'router',
    stackOf(router).map(({ name, route }) => [name, route?.path, route?.stack[0].handle === named]),
  )
  const server = http.createServer(app)
  say('listener', server.listeners('request')[0] === app)
  const port = await listen(server)
  say('answer', await get(port, '/shops/7/items/8?x=1'))
  for (const [key, value] of Object.entries(seen)) say(key, value)
  say('nothing', await get(port, '/none'))
  say('options', await raw(port, 'OPTIONS /shops/7/items/8 HTTP/1.1', 'Host: a', 'Connection: close'))
  say('head', await raw(port, 'HEAD /shops/7/items/8 HTTP/1.1', 'Host: a', 'Connection: close'))
  say('bad escape', await get(port, '/shops/%ZZ/items/1'))
  await close(server)
}

async function errors(express) {
  const thrown = Object.freeze(Object.assign(new Error('mine'), { status: 418, extra: true }))
  const app = express()
  app.set('env', 'production')
  app.get('/sync', () => {
    throw thrown
  })
  app.get('/next', (request, response, next) => next(thrown))
  app.get('/later', (request, response, next) => setImmediate(next, thrown))
  app.get('/string', (request, response, next) => next('a string'))
  app.get('/nothing', () => {
    throw undefined
  })
  app.get(
    '/route',
    (request, response, next) => next('route'),
    () => say('not reached'),
  )
  app.get('/router', (request, response, next) => next('router'))
  app.get('/twice', (request, response, next) => {
    response.send('sent')
    next(thrown)
  })
  app.get('/headers', (request, response) => {
    response.send('one')
    response.send('two')
  })
  const inner = express.Router()
  inner.use(() => {
    throw thrown
  })
  app.use('/inner', inner)
  app.use('/handled', (request, response, next) => next(thrown))
  app.use('/handled', (error, request, response, next) => {
    say('handled', error === thrown, calls(error), request.baseUrl, shape(next))
    response.status(error.status).end(error.message)
  })
  app.use(
    '/throws-again',
    (request, response, next) => next(thrown),
    (error, request, response, next) => {
      throw new TypeError('again', { cause: error })
    },
  )
  app.use((error, request, response, next) => {
    say('error', request.url, error instanceof Error ? error.message : error, request.route?.path)
    next(error)
  })
  const server = http.createServer(app)
  const port = await listen(server)
  const paths = [
    'sync',
    'next',
    'later',
    'string',
    'nothing',
    'route',
    'router',
    'twice',
    'headers',
    'inner',
    'handled',
    'throws-again',
  ]
  const { error } = console
  console.error = (text) => say('console', String(text).split('\n')[0])
  for (const path of paths) say(path, (await get(port, `/${path}`)).join('|').replace(/<pre>.*/s, ''))
  console.error = error
  // The page of an error, as developers see it.
  app.set('env', 'development')
  const page = (await get(port, '/next')).join('\n')
  say(
    'page',
    page
      .match(/at .*?(?=<br>)/g)
      ?.map((line) => line.replaceAll(/\(?\/.*\/([^/]+:\d+:\d+)\)?/g, '$1'))
      .filter((line) => !line.includes('node:')),
  )
  await close(server)
}

/** express's own tests, and others', hand in what they like. */
async function plainObjects(express) {
  const app = express()
  app.get('/', (request, response) => response.end?.('plain'))
  app.use((error, request, response, next) => say('error', error))
  const end = () => say('ended')
  const responses = [{}, { end, setHeader() {} }, Object.assign(new EventEmitter(), { end, setHeader() {} })]
  for (const response of responses) {
    for (const request of [{}, { url: '/', method: 'GET' }, { url: '/', method: 'GET', headers: {} }]) {
      await attempt('handle', () => app.handle(request, response, (error) => say('done', error ?? 'nothing')))
      await tick()
      say('keys', Object.keys(request).toSorted().join(), Object.keys(response).toSorted().join())
    }
  }
  const router = express.Router()
  router.get('/:id', (request, response) => say('routed', request.params, response))
  router.use((request, response, next) => next(new Error('out')))
  await attempt('router', () =>
    router.handle({ url: '/7', method: 'GET' }, {}, (error) => say('done', error)),
  )
  await attempt('router as a function', () =>
    router({ url: '/7/8', method: 'GET' }, {}, (error) => say('done', error)),
  )
  await attempt('router without done', () => router.handle({ url: '', method: 'GET' }, {}))
  await tick()
}

async function answers(express) {
  const app = express()
  app.disable('etag')
  app.use(express.json(), express.urlencoded({ extended: true }))
  app.post('/echo', (request, response) => response.json(request.body))
  app.get('/redirect', (request, response) => response.redirect('/elsewhere'))
  app.get('/file', (request, response) =>
    response.sendFile(__filename, { headers: { 'x-own': '1' } }, (error) => say('sent', error ?? 'fine')),
  )
  app.get('/missing', (request, response, next) => response.sendFile('/nothing/here', (error) => next(error)))
  app.get('/stream', (request, response) => {
    response.write('a')
    setImmediate(() => response.end('b'))
  })
  app.get('/aborted', (request, response) => {
    request.on('close', () => say('closed', response.writableFinished))
    request.socket.destroy()
  })
  const sub = express()
  sub.on('mount', (parent) => say('mounted', parent === app))
  sub.get('/', (request, response) => response.send([request.app === sub, request.baseUrl, sub.path()]))
  app.use('/sub', sub)
  app.set('env', 'test')
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.on('listening', resolve))
  say('listen', server instanceof http.Server, listeners(server))
  const { port } = server.address()
  say('json', await post(port, 'application/json', '{"a":[1]}'))
  say('bad json', (await post(port, 'application/json', '{"a"'))[0])
  say('form', await post(port, 'application/x-www-form-urlencoded', 'a[b]=1'))
  for (const path of ['redirect', 'missing', 'stream', 'aborted', 'sub'])
    say(path, (await get(port, `/${path}`)).join('|').replace(/<pre>.*/s, ''))
  say(
    'file',
    (await get(port, '/file')).filter((line) => /^(HTTP|x-own|content-type)/i.test(line)),
  )
  await close(server)
}

async function patchedByTheApp(express) {
  const { use } = express.application
  const seen = []
  express.application.use = function mine(...args) {
    seen.push(args.length)
    return Reflect.apply(use, this, args)
  }
  const app = express()
  app.use(() => {})
  say('app.use replaced', seen, app.use === express.application.use)
  express.application.use = use
  const owner = express.Router.prototype?.use ? express.Router.prototype : express.Router
  const original = owner.use
  owner.use = function stub() {
    seen.push('stub')
    return this
  }
  express.Router().use(null)
  express().use(() => {})
  say('Router.use replaced', seen)
  owner.use = original
  say('put back', owner.use === original)
  app.handle = (request, response) => response.end('mine')
  const server = http.createServer(app)
  say('handle replaced', await get(await listen(server), '/'))
  await close(server)
}
