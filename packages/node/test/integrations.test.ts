import { connectRoute } from '../src/integrations/connect.ts'
import { nearest } from '../src/integrations/nearest.ts'
import { packageName } from '../src/integrations/package-name.ts'
import { selectIntegrations } from '../src/integrations/select.ts'

test.each([
  ['express', 'express'],
  ['node:http', 'http'],
  ['@hapi/hapi', '@hapi/hapi'],
  ['@hapi/hapi/lib/core.js', '@hapi/hapi'],
  ['pg/lib/client', 'pg'],
  ['file:///app/node_modules/a/node_modules/pg/lib/client.js', 'pg'],
  ['file:///app/node_modules/@grpc/grpc-js/build/index.js', '@grpc/grpc-js'],
  ['/app/node_modules/.pnpm/pg@8/node_modules/pg/lib/index.js', 'pg'],
  ['./local', undefined],
  ['/abs/local.js', undefined],
  ['#internal', undefined],
  ['file:///app/index.mjs', undefined],
  ['data:text/javascript,1', undefined],
])('%s belongs to %s', (specifier, name) => {
  expect(packageName(specifier)).toBe(name)
})

const names = ({ byModule }: ReturnType<typeof selectIntegrations>): Set<string> =>
  new Set([...byModule.values()].flat().map(({ name }) => name))

test('by default few, useful ones; by name just those; disabled ones never', () => {
  const usual = names(selectIntegrations({ enabled: undefined, disabled: ['pg'] }))
  expect(usual.has('http') && usual.has('express') && usual.has('kafkajs')).toBe(true)
  expect([...usual].filter((name) => ['pg', 'fs', 'net', 'dns', 'router'].includes(name))).toEqual([])
  expect(names(selectIntegrations({ enabled: ['dns', 'pg'], disabled: ['pg'] }))).toEqual(new Set(['dns']))
})

test('what belongs to one environment is on only there', () => {
  const all = { enabled: undefined, disabled: [] }
  expect(names(selectIntegrations(all, {})).has('aws-lambda')).toBe(false)
  const lambda = { LAMBDA_TASK_ROOT: '/var/task', _HANDLER: 'index.handler' }
  expect(names(selectIntegrations(all, lambda)).has('aws-lambda')).toBe(true)
})

test.each([
  ['mongo', ['mongodb', 'mongoose']],
  ['expres', ['express']],
  ['mysql3', ['mysql', 'mysql2']],
  ['instrumentation-pg', ['pg']],
  ['@opentelemetry/instrumentation-http', ['http']],
  ['nest', ['nestjs-core']],
  ['something-else-entirely', []],
  ['x'.repeat(100_000), []],
])('who writes %.40s may mean %j', (name, meant) => {
  const known = ['express', 'http', 'mongodb', 'mongoose', 'mysql', 'mysql2', 'nestjs-core', 'pg']
  expect(nearest(name, known)).toEqual(meant)
})

test.each([
  ['/api/items/1?x=/items/1', '/items/1?x=/items/1', '/api'],
  ['/api', '/', '/api'],
  ['/api?x=1', '/?x=1', '/api'],
  ['/API/items', '/items', '/api'],
  ['/items', '/items', undefined],
  [undefined, '/items', undefined],
])('connect: %s left as %s was mounted under %s', (originalUrl, url, route) => {
  expect(connectRoute({ originalUrl, url })).toBe(route)
})

test('express, which leaves the same two, tells its routes itself', () => {
  expect(connectRoute({ originalUrl: '/a/b', url: '/b', app: {} } as object)).toBeUndefined()
})
