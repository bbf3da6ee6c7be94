const { EventEmitter } = require('node:events')
const http = require('node:http')
const { attempt, calls, close, get, listen, listeners, say, shape, tick } = require('./transcript.cjs')

exports.run = async ({ connect }) => {
  say('connect', shape(connect), Object.keys(connect).join())
  const app = connect()
  say(
    'app',
    Object.keys(app).join(),
    ['use', 'handle', 'listen'].map((name) => shape(app[name])),
  )
  for (const nothing of [
    undefined,
    null,
    7,
    '/path',
    {},
    [],
    Object.freeze(() => {}),
    http.createServer(),
    connect(),
  ]) {
    await attempt('use', () =>
      connect()
        .use(nothing)
        .stack.map(({ route, handle }) => [route, handle === nothing]),
    )
    await attempt('use path', () =>
      connect()
        .use('/a/', nothing)
        .stack.map(({ route, handle }) => [route, handle === nothing]),
    )
  }
  const thrown = Object.freeze(new Error('mine'))
  const seen = {}
  function first(request, response, next) {
    seen.next = shape(next)
    seen.own = [Object.keys(request).join(), Object.keys(response).join()]
    seen.listeners = [request, response].map(listeners)
    seen.stack = calls(new Error('here'))
    next()
  }
  app.use(first)
  app.use('/items', (request, response) => response.end([request.url, request.originalUrl].join()))
  app.use('/sync', () => {
    throw thrown
  })
  app.use('/next', (request, response, next) => next(thrown))
  app.use('/later', (request, response, next) => setImmediate(next, thrown))
  const inner = connect().use('/deep', (request, response) => response.end(request.url))
  app.use('/inner', inner)
  app.use('/handled', (request, response, next) => next(thrown))
  app.use('/handled', (error, request, response, next) => {
    say('handled', error === thrown, calls(error), shape(next))
    response.end('handled')
  })
  say(
    'identity',
    app.stack[0].handle === first,
    app.stack.map(({ route, handle }) => [route, shape(handle)]),
  )
  const { error } = console
  console.error = (text) => say('console', String(text).split('\n')[0])
  const server = http.createServer(app)
  const port = await listen(server)
  for (const path of ['items/8?x', 'sync', 'next', 'later', 'inner/deep/er', 'handled', 'none'])
    say(
      path,
      (await get(port, `/${path}`))
        .join('|')
        .replace(/at .*/s, '')
        .replace(/Content-Length: \d+/, ''),
    )
  console.error = error
  for (const [key, value] of Object.entries(seen)) say(key, value)
  await close(server)
  for (const [request, response] of [
    [{ url: '/items' }, { end: () => say('ended') }],
    [Object.freeze({ url: '/none' }), new EventEmitter()],
    [{}, {}],
  ])
    await attempt('plain', () => app.handle(request, response, (error) => say('done', error ?? 'nothing')))
  await tick()
}
