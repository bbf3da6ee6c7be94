import express from 'express'
import { express as patchOfExpress } from '../src/integrations/express.ts'
import { expressRoute, type RoutedRequest } from '../src/integrations/express-route.ts'
import type { Telemetry } from '../src/integrations/library-patch.ts'

// jest replaces `require`, so the hook does not fire here: the patch is applied by hand.
const before = express.Router.prototype.use as (...args: unknown[]) => unknown
patchOfExpress.patch(express, {} as Telemetry)

/** The route of a GET of `path` in an app made by `build`, as seen when the response ends. */
async function routeOf(build: (app: express.Express) => void, path: string): Promise<string | undefined> {
  const app = express()
  let route: string | undefined
  app.use((request, response, next) => {
    response.on('close', () => (route = expressRoute(request as unknown as RoutedRequest)))
    next()
  })
  build(app)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return route
}

const ok: express.RequestHandler = (_request, response) => void response.send('ok')
const broken: express.RequestHandler = async () => {
  throw Object.assign(new Error('out of stock'), { status: 404 })
}
const router = (path: string, mergeParams = false): express.Router =>
  express.Router({ mergeParams }).get(path, ok)

test.each<[string, (app: express.Express) => void, string, string | undefined]>([
  ['a route of the app', (app) => app.get('/items/:id', ok), '/items/3', '/items/:id'],
  ['the root', (app) => app.get('/', ok), '/', '/'],
  ['a router', (app) => app.use('/api', router('/items/:id')), '/api/items/3', '/api/items/:id'],
  ['the root of a router', (app) => app.use('/api', router('/')), '/api', '/api'],
  [
    'a router under a pattern',
    (app) => app.use('/users/:id', router('/orders', true)),
    '/users/7/orders',
    '/users/:id/orders',
  ],
  [
    'routers in routers, both under patterns',
    (app) => app.use('/a/:x', express.Router().use('/b/:y', router('/c/:z'))),
    '/a/1/b/2/c/3',
    '/a/:x/b/:y/c/:z',
  ],
  ['an app in the app', (app) => app.use('/sub/:t', express().get('/x', ok)), '/sub/1/x', '/sub/:t/x'],
  [
    'an error that leaves its routers',
    (app) =>
      app
        .use('/a/:x', express.Router().use('/b', express.Router().get('/c/:z', broken)))
        .use(((_error, _request, response, _next) => void response.end()) as express.ErrorRequestHandler),
    '/a/1/b/c/3?all=1',
    '/a/:x/b/c/:z',
  ],
  [
    'a router that is mounted twice, and does not answer',
    (app) => {
      const twice = express.Router().get('/', (_request, _response, next) => next())
      app.use('/one', twice).use('/two', twice)
    },
    '/two',
    '/two',
  ],
  ['nothing', (app) => app.get('/items', ok), '/other', undefined],
  ['a middleware that answers', (app) => app.use('/m', ok), '/m', undefined],
  ['a regular expression', (app) => app.get(/^\/r/, ok), '/r1', '/^\\/r/'],
])('%s', async (_, build, path, route) => {
  expect(await routeOf(build, path)).toBe(route)
})

test('express behaves as without: same name and length of use, it validates its arguments itself, handlers keep their identity', () => {
  const use = express.Router.prototype.use as (...args: unknown[]) => unknown
  expect([use.name, use.length]).toEqual([before.name, before.length])
  expect(() => express().use(null as never)).toThrow(TypeError)
  expect(() => express().use()).toThrow('requires a middleware function')
  const app = express()
  app.use(ok)
  const { stack } = (app as unknown as { router: { stack: { handle: unknown }[] } }).router
  expect(stack.at(-1)?.handle).toBe(ok)
})
