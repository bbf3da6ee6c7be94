// What the app sees of its modules is what it sees without the preload.
import { AppFolder, ES_MYSQL, manifest, MYSQL, PRELOAD } from '../support/app-folder.ts'

let app: AppFolder
beforeAll(() => {
  app = new AppFolder('same')
  app.write({
    'package.json': JSON.stringify({ imports: { '#db': 'mysql' } }),
    'node_modules/mysql/package.json': manifest('mysql'),
    'node_modules/mysql/index.js': MYSQL,
    // Its main module and an inner one; circular.
    'node_modules/pg/package.json': manifest('pg', { version: '8.0.0' }),
    'node_modules/pg/index.js': `exports.early = 1; exports.inner = require('./inner'); exports.late = 2`,
    'node_modules/pg/inner.js': `const { early, late } = require('./index'); exports.seen = [early, late]`,
    'es/node_modules/mysql/package.json': manifest('mysql', { type: 'module' }),
    'es/node_modules/mysql/index.js': `${ES_MYSQL}
      export * from './state.js'
      export { default as url } from './url.js'`,
    'es/node_modules/mysql/state.js': `export let count = 0; export const increment = () => ++count`,
    'es/node_modules/mysql/url.js': `export default import.meta.url.split('/').at(-1)`,
    'es/state.mjs': `export let count = 0; export const increment = () => ++count`,
    'es/data.json': '{ "json": true }',
    'a.cjs': COMMONJS,
    'es/a.mjs': ES_MODULE,
    'es/b.cjs': `
      const one = require('mysql')
      console.log(Object.keys(one), one[Symbol.toStringTag], 'createPool' in one, Object.isFrozen(one), require('mysql') === one)`,
  })
})
afterAll(() => app.remove())

const COMMONJS = `
  const Module = require('node:module')
  const path = require.resolve('mysql')
  const mysql = require('mysql')
  console.log('same', require('mysql') === mysql, require.cache[path].exports === mysql, module.children.length)
  console.log('cycle', require('pg').inner.seen, require('pg').late)
  require.cache[path].exports = { fake: true }
  console.log('fake', Object.keys(require('mysql')))
  const load = Module._load
  Module._load = (id, ...rest) => (id === 'mysql' ? 'mocked' : load(id, ...rest))
  console.log('mocked', require('mysql'))
  Module._load = load
  for (const id of [undefined, null, 5, '', {}, './nowhere', 'nowhere', '#nowhere', 'node:nowhere', 'pg/nowhere']) {
    try { require(id) } catch (error) { console.log(error.name, error.code, error.message.split('\\n')[0]) }
  }
  console.log(process.getBuiltinModule('nowhere'), process.getBuiltinModule('http') === require('node:http'))
  try { process.getBuiltinModule(5) } catch (error) { console.log(error.code) }
  import('mysql').then((all) => console.log('imported', Object.keys(all.default)))
`
const ES_MODULE = `
  import * as http from 'node:http'
  import { createRequire } from 'node:module'
  import data from './data.json' with { type: 'json' }
  import { answer } from 'data:text/javascript,export const answer = 42'
  import * as state from './state.mjs'
  import mysql, { increment, url } from 'mysql'
  const name = (url) => url.replace(/.*\\//, '').replace(/^[^?]*node_modules/, '')
  console.log('before', name(import.meta.resolve('pg')))
  const { default: pg } = await import('pg')
  console.log(data, answer, Object.keys(mysql), url, increment())
  state.increment()
  console.log('live', state.count)
  console.log('asked', name(import.meta.resolve('pg')), import.meta.resolve('#db').endsWith('/node_modules/mysql/index.js'), import.meta.resolve('node:http'))
  console.log('cycle', pg.inner.seen, pg.late)
  console.log('one', createRequire(import.meta.url)('pg') === pg, http.default === process.getBuiltinModule('http'))
  for (const id of ['nowhere', './nowhere.mjs', '#nowhere', 'pg/nowhere', 'node:nowhere'])
    await import(id).catch((error) => console.log(error.name, error.code))
  const wasm = await import('data:application/wasm;base64,AGFzbQEAAAA=').catch((error) => error.code)
  console.log(Object.prototype.toString.call(wasm))
`

test.each([
  ['CommonJS', ['a.cjs'], {}],
  [
    'CommonJS, with Node’s own modules patched too',
    ['a.cjs'],
    { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fs,net,dns,mysql' },
  ],
  ['ES modules', ['es/a.mjs'], {}],
  [
    'ES modules, with Node’s own modules patched too',
    ['es/a.mjs'],
    { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fs,net,dns,mysql,pg' },
  ],
  ['an ES module that is required', ['es/b.cjs'], {}],
] as const)(
  '%s',
  async (_, args, env) => {
    const bare = await app.run(['--no-warnings', ...args])
    const all = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', ...env }
    const result = await app.run(['--no-warnings', ...PRELOAD, ...args], { env: all })
    expect(bare.code).toBe(0)
    expect(result).toEqual(bare)
  },
  60_000,
)
