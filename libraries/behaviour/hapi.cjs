const { attempt, calls, get, listeners, say, shape } = require('./transcript.cjs')

exports.run = async ({ Hapi }) => {
  say('Hapi', Object.keys(Hapi).join(), shape(Hapi.server), shape(Hapi.Server))
  const server = Hapi.server({ port: 0, host: '127.0.0.1' })
  say(
    'server',
    Object.keys(server).join(),
    ['route', 'ext', 'register', 'start'].map((name) => shape(server[name])),
  )
  for (const nothing of [
    undefined,
    null,
    7,
    {},
    [],
    { method: 'GET' },
    { method: 'GET', path: '/x' },
    Object.freeze({ method: 'GET', path: '/frozen', handler: Object.freeze(() => 'x') }),
  ]) {
    await attempt('route', () => typeof server.route(nothing))
    await attempt('ext', () => typeof server.ext(nothing))
    await attempt('register', async () => typeof (await server.register(nothing)))
  }
  await attempt('bad ext', () => server.ext('onNothing', () => {}))
  const thrown = Object.assign(new Error('mine'), { extra: 1 })
  const seen = {}
  function handler(request, h) {
    seen.own = [Object.keys(request).join(), shape(h.response)]
    seen.listeners = [request.raw.req, request.raw.res].map(listeners)
    seen.stack = calls(new Error('here'))
    seen.route = [request.route.path, request.route.settings.handler === handler, this === h.context]
    return { id: request.params.id }
  }
  server.ext('onPreHandler', function before(request, h) {
    seen.before = calls(new Error('here'))
    return h.continue
  })
  server.events.on({ name: 'request', channels: 'error' }, (request, event) =>
    say('event', event.error === thrown, event.error.message),
  )
  server.route({ method: 'GET', path: '/items/{id}', handler })
  server.route([
    {
      method: 'GET',
      path: '/sync',
      handler: () => {
        throw thrown
      },
    },
    {
      method: 'GET',
      path: '/async',
      handler: async () => {
        throw thrown
      },
    },
    {
      method: 'GET',
      path: '/takeover',
      options: { pre: [{ assign: 'a', method: (request, h) => h.response('pre').takeover() }] },
      handler: () => 'not reached',
    },
    { method: 'GET', path: '/undefined', handler: () => undefined },
    { method: '*', path: '/any/{rest*}', handler: (request) => request.params.rest },
  ])
  await server.register(
    Object.freeze({
      name: 'own',
      version: '1.0.0',
      register: async (plugin, options) => {
        plugin.route({ method: 'POST', path: '/own', handler: (request) => [request.payload, options] })
        plugin.expose('x', 1)
      },
    }),
  )
  await server.register([{ plugin: { name: 'two', register: () => {} }, options: Object.freeze({ a: 1 }) }])
  say(
    'plugins',
    server.plugins,
    Object.keys(server.registrations).join(),
    server.table().map(({ path }) => path),
  )
  say(
    'handlers',
    server.table().map(({ settings }) => shape(settings.handler)),
    server.lookup('none'),
  )
  await server.start()
  const port = server.info.port
  for (const path of [
    'items/8?x=1',
    'sync',
    'async',
    'takeover',
    'undefined',
    'any/a/b',
    'none',
    'items/%ZZ',
  ])
    say(path, await get(port, `/${path}`))
  for (const [key, value] of Object.entries(seen)) say(key, value)
  const { result, statusCode, raw } = await server.inject({ method: 'POST', url: '/own', payload: { a: 1 } })
  say('inject', statusCode, result, Object.keys(raw).join())
  await attempt('inject nothing', () => server.inject())
  await attempt('conflict', () => server.route({ method: 'GET', path: '/sync', handler: () => {} }))
  await server.stop()
  say('stopped', server.listener.listening)
}
