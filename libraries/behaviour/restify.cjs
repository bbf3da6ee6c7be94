const { attempt, calls, close, get, listeners, say, shape } = require('./transcript.cjs')

exports.run = async ({ restify }) => {
  say('restify', Object.keys(restify).join(), shape(restify.createServer))
  const server = restify.createServer()
  say(
    'server',
    listeners(server),
    listeners(server.server),
    ['use', 'pre', 'get', 'on', 'listen'].map((name) => shape(server[name])),
  )
  for (const nothing of [undefined, null, 7, {}, [], Object.freeze(() => {})]) {
    await attempt('use', () => server.use(nothing) === server)
    await attempt('pre', () => server.pre(nothing) === server)
    await attempt('get', () => server.get('/x', nothing))
    await attempt('path', () => server.get(nothing, (request, response, next) => next()))
  }
  const own = restify.createServer({
    name: 'own',
    log: {
      trace: () => false,
      info() {},
      error() {},
      warn() {},
      debug() {},
      child() {
        return this
      },
    },
  })
  const seen = {}
  const thrown = new Error('mine')
  function first(request, response, next) {
    seen.next = shape(next)
    seen.listeners = [request, response].map(listeners)
    seen.stack = calls(new Error('here'))
    next()
  }
  own.use(first)
  own.get('/items/:id', function item(request, response, next) {
    seen.route = [request.getRoute().path, request.params]
    response.send({ id: request.params.id })
    next()
  })
  own.get('/async', async (request, response) => void response.send('async'))
  own.get('/rejects', async () => {
    throw thrown
  })
  own.get('/next', (request, response, next) => next(thrown))
  own.get('/stop', (request, response, next) => (response.send(204), next(false)))
  own.get(
    '/chain',
    [(request, response, next) => next()],
    (request, response, next) => (response.send('chained'), next()),
  )
  for (const event of ['after', 'restifyError', 'NotFound', 'pre', 'routed'])
    own.on(event, (...args) => {
      say(
        'event',
        event,
        args.length,
        args.map((one) => one instanceof Error && one === thrown),
      )
      if (event === 'restifyError' || event === 'NotFound') args.at(-1)()
    })
  await new Promise((resolve) => own.listen(0, '127.0.0.1', resolve))
  const { port } = own.address()
  for (const path of ['items/8?x', 'async', 'rejects', 'next', 'stop', 'chain', 'none'])
    say(
      path,
      (await get(port, `/${path}`)).filter((line) => !/^(Request-Id|Response-Time|Date)/i.test(line)),
    )
  for (const [key, value] of Object.entries(seen)) say(key, value)
  say('routes', Object.keys(own.router.getRoutes()).join())
  await close(own)
}
