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
