// Every way in which an app can start, and come to its first traced library.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startViewer, type Viewer } from '@waybill/viewer'
import {
  AppFolder,
  type Ended,
  BASE,
  ES_MYSQL,
  manifest,
  MYSQL,
  PRELOAD,
  query,
  REGISTER,
} from '../support/app-folder.ts'
import { to } from '../support/run.ts'

let viewer: Viewer
let app: AppFolder
let results: Map<string, Promise<Ended>>
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
  app = new AppFolder('ways')
  app.write({
    'package.json': JSON.stringify({ imports: { '#db': 'mysql' } }),
    'node_modules/mysql/package.json': manifest('mysql'),
    'node_modules/mysql/index.js': MYSQL,
    'es/node_modules/mysql/package.json': manifest('mysql', { type: 'module' }),
    'es/node_modules/mysql/index.js': ES_MYSQL,
    'typed/package.json': '{ "type": "module" }',
    'deep/node_modules/inner/package.json': manifest('inner'),
    'deep/node_modules/inner/index.js': `exports.mysql = require('mysql')`,
    'deep/node_modules/inner/node_modules/mysql/package.json': manifest('mysql', { version: '2.15.0' }),
    'deep/node_modules/inner/node_modules/mysql/index.js': MYSQL,
  })
  // As pnpm lays it out.
  app.write({
    'store/mysql@2/node_modules/mysql/package.json': manifest('mysql'),
    'store/mysql@2/node_modules/mysql/index.js': MYSQL,
  })
  app.link('linked/node_modules/mysql', 'store/mysql@2/node_modules/mysql')
  results = startAll(Object.keys(CASES))
})
afterAll(async () => {
  await Promise.allSettled(results.values())
  app.remove()
  await viewer.close()
})

/** The queries that arrive, sorted. */
async function queries(service: string, count: number): Promise<string[]> {
  return viewer.waitFor(
    () => {
      const texts = viewer.spans({ service }).map(({ attributes }) => attributes['db.query.text'] as string)
      return texts.length >= count && texts.toSorted((a, b) => a.localeCompare(b))
    },
    { what: `${count} queries of ${service}` },
  )
}

const REQUIRE = `const mysql = require('mysql')\n`
const IMPORT = `import mysql from 'mysql'\n`

interface Case {
  /** A folder with other packages. */
  readonly in?: 'deep' | 'es' | 'linked' | 'typed'
  readonly files?: Record<string, string>
  readonly args: readonly string[]
  readonly stdin?: string
  readonly env?: Record<string, string>
  readonly flags?: readonly string[]
  readonly queries?: readonly string[]
}
const Q = query('q')
const TYPED = `const no: number = 1; ${Q}`
const libraries = createRequire(join(__dirname, '../../../../libraries/package.json'))
const TSX = pathToFileURL(libraries.resolve('tsx')).href
const TSX_PROGRAM = libraries.resolve('tsx/cli')
const QUIET = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'

const CASES: Record<string, Case> = {
  'a CommonJS entry': { files: { 'a.cjs': REQUIRE + Q }, args: ['a.cjs'] },
  'a CommonJS entry without a type': { files: { 'a.js': REQUIRE + Q }, args: ['a.js'] },
  'an ES-module entry': { files: { 'a.mjs': IMPORT + Q }, args: ['a.mjs'] },
  'an ES-module entry by type': { in: 'typed', files: { 'a.js': IMPORT + Q }, args: ['a.js'] },
  'an ES-module entry by its syntax': {
    files: { 'b.js': IMPORT + Q },
    args: ['b.js'],
    flags: [...PRELOAD, QUIET],
  },
  '--import, CommonJS': {
    files: { 'a.cjs': REQUIRE + Q },
    args: ['a.cjs'],
    flags: [...BASE, '--import', REGISTER],
  },
  '--import, ES module': {
    files: { 'a.mjs': IMPORT + Q },
    args: ['a.mjs'],
    flags: [...BASE, '--import', REGISTER],
  },
  'NODE_OPTIONS, CommonJS': {
    files: { 'a.cjs': REQUIRE + Q },
    args: ['a.cjs'],
    flags: [],
    env: { NODE_OPTIONS: PRELOAD.join(' ') },
  },
  'NODE_OPTIONS with --import, ES module': {
    files: { 'a.mjs': IMPORT + Q },
    args: ['a.mjs'],
    flags: [],
    env: { NODE_OPTIONS: [...BASE, '--import', REGISTER].join(' ') },
  },
  '--eval, CommonJS': { args: ['-e', REQUIRE + Q] },
  '--eval, ES syntax': { args: ['-e', IMPORT + Q] },
  '--print': { args: ['-p', `require('mysql').createConnection({}).query('q', () => {})`] },
  '--input-type=module': { args: ['--input-type=module', '-e', IMPORT + Q] },
  'stdin, CommonJS': { args: [], stdin: REQUIRE + Q },
  'stdin, ES module': { args: ['--input-type=module', '-'], stdin: IMPORT + Q },
  'import() as the first statement of CommonJS': {
    files: { 'a.cjs': `import('mysql').then(({ default: mysql }) => { ${Q} })` },
    args: ['a.cjs'],
  },
  'import() later, in a function of CommonJS': {
    files: {
      'a.cjs': `require('node:path'); const later = async () => { const { createConnection } = await import('mysql'); ${query('q', '({ createConnection })')} }; setTimeout(later, 1)`,
    },
    args: ['a.cjs'],
  },
  'import() of an ES module of the app': {
    files: { 'b.mjs': IMPORT + Q, 'a.cjs': `import('./b.mjs')` },
    args: ['a.cjs'],
  },
  'require() of an .mjs': { files: { 'b.mjs': IMPORT + Q, 'a.cjs': `require('./b.mjs')` }, args: ['a.cjs'] },
  'require() of an ES module by type': {
    in: 'typed',
    files: { 'b.js': IMPORT + Q, 'a.cjs': `require('./b.js')` },
    args: ['a.cjs'],
  },
  'require() of an ES module by its syntax': {
    files: {
      'b.js': `/* minified */"use strict";import mysql from 'mysql';${Q}`,
      'a.cjs': `require('./b.js')`,
    },
    args: ['a.cjs'],
  },
  'require() of an ES module that imports later': {
    files: {
      'b.mjs': `export const later = async () => { const { default: mysql } = await import('mysql'); ${Q} }`,
      'a.cjs': `require('./b.mjs').later()`,
    },
    args: ['a.cjs'],
  },
  'createRequire in an ES module': {
    files: {
      'a.mjs': `import { createRequire } from 'node:module'; const mysql = createRequire(import.meta.url)('mysql'); ${Q}`,
    },
    args: ['a.mjs'],
  },
  'module.require': { files: { 'a.cjs': `const mysql = module.require('mysql'); ${Q}` }, args: ['a.cjs'] },
  'Module._load': {
    files: { 'a.cjs': `const mysql = require('module')._load('mysql', module); ${Q}` },
    args: ['a.cjs'],
  },
  'a sub-path': { files: { 'a.cjs': `const mysql = require('mysql/index.js'); ${Q}` }, args: ['a.cjs'] },
  'an absolute path': {
    files: { 'a.cjs': `const mysql = require(require.resolve('mysql')); ${Q}` },
    args: ['a.cjs'],
  },
  'an alias, required': { files: { 'a.cjs': `const mysql = require('#db'); ${Q}` }, args: ['a.cjs'] },
  'an alias, imported': { files: { 'a.mjs': `import mysql from '#db'; ${Q}` }, args: ['a.mjs'] },
  'a file of the package, imported': {
    files: { 'a.mjs': `import mysql from '../node_modules/mysql/index.js'; ${Q}` },
    args: ['a.mjs'],
  },
  'a linked package': { in: 'linked', files: { 'a.mjs': IMPORT + Q }, args: ['a.mjs'] },
  'deep in dependencies, from an ES module': {
    in: 'deep',
    files: { 'a.mjs': `import { mysql } from 'inner'; ${Q}` },
    args: ['a.mjs'],
  },
  'two copies of one library': {
    in: 'deep',
    files: {
      'a.cjs': REQUIRE + Q + `\nconst { mysql: other } = require('inner'); ${query('other', 'other')}`,
    },
    args: ['a.cjs'],
    queries: ['other', 'q'],
  },
  'a library that is an ES module, required': { in: 'es', files: { 'a.cjs': REQUIRE + Q }, args: ['a.cjs'] },
  'a Worker with an ES-module entry': {
    files: {
      'b.mjs': IMPORT + Q,
      'a.cjs': `new (require('node:worker_threads').Worker)(require('node:path').join(__dirname, 'b.mjs'))`,
    },
    args: ['a.cjs'],
  },
  'a Worker with a CommonJS entry': {
    files: {
      'b.cjs': REQUIRE + Q,
      'a.mjs': `import { Worker } from 'node:worker_threads'; new Worker(new URL('./b.cjs', import.meta.url))`,
    },
    args: ['a.mjs'],
  },
  'a Worker of a string': {
    files: {
      'a.cjs': `new (require('node:worker_threads').Worker)(${JSON.stringify(REQUIRE + Q)}, { eval: true })`,
    },
    args: ['a.cjs'],
  },
  'a Worker of a string of ES syntax': {
    files: {
      'a.cjs': `new (require('node:worker_threads').Worker)(${JSON.stringify(`import('mysql').then(({ default: mysql }) => { ${Q} })`)}, { eval: true })`,
    },
    args: ['a.cjs'],
  },
  'TypeScript, CommonJS': {
    files: { 'a.cts': `const mysql: any = require('mysql'); ${Q}` },
    args: ['a.cts'],
  },
  'TypeScript, ES module': { files: { 'a.mts': `import mysql from 'mysql'; ${TYPED}` }, args: ['a.mts'] },
  'TypeScript, by its syntax': {
    files: { 'a.ts': `import mysql from 'mysql'; ${TYPED}` },
    args: ['a.ts'],
    flags: [...PRELOAD, QUIET],
  },
  'TypeScript, by type': {
    in: 'typed',
    files: {
      'a.ts': `import { b } from './b.ts'; b()`,
      'b.ts': `import mysql from 'mysql'; export const b = (): void => { ${Q} }`,
    },
    args: ['a.ts'],
  },
  'tsx first, ES module': {
    files: { 'a.mts': `import mysql from 'mysql'; enum E { a }; ${TYPED}` },
    args: ['a.mts'],
    flags: [...BASE, '--import', TSX, '--require', REGISTER],
  },
  'tsx second, ES module': {
    files: { 'a.mts': `import mysql from 'mysql'; enum E { a }; ${TYPED}` },
    args: ['a.mts'],
    flags: [...PRELOAD, '--import', TSX],
  },
  'tsx, CommonJS': {
    files: { 'a.cts': `import mysql from 'mysql'; enum E { a }; ${TYPED}` },
    args: ['a.cts'],
    flags: [...PRELOAD, '--import', TSX],
  },
  'tsx, CommonJS, by its syntax': {
    files: { 'a.ts': `import mysql from 'mysql'; import './b'; ${TYPED}`, 'b.ts': `enum E { a }` },
    args: ['a.ts'],
    flags: [...BASE, '--import', TSX, '--require', REGISTER],
  },
  'tsx, its program': {
    files: { 'a.ts': `import mysql from 'mysql'; enum E { a }; ${TYPED}` },
    args: ['a.ts'],
    flags: [TSX_PROGRAM, ...PRELOAD],
  },
  'tsx, its program, in NODE_OPTIONS': {
    files: { 'a.mts': `import mysql from 'mysql'; enum E { a }; ${TYPED}` },
    args: ['a.mts'],
    flags: [TSX_PROGRAM],
    env: { NODE_OPTIONS: PRELOAD.join(' ') },
  },
  'every form of import': {
    files: {
      'c.mjs': `export { createConnection as again } from 'mysql'`,
      'a.mjs': `
        import mysql, { createConnection } from 'mysql'
        import * as all from 'mysql'
        import { again } from './c.mjs'
        import aliased from '#db'
        ${query('default')}; ${query('named', '({ createConnection })')}; ${query('namespace', 'all')}; ${query('re-exported', '({ createConnection: again })')}
        ${query('alias', 'aliased')}; ${query('dynamic', `(await import('mysql'))`)}`,
    },
    args: ['a.mjs'],
    queries: ['alias', 'default', 'dynamic', 'named', 'namespace', 're-exported'],
  },
  'every form of import, of a library that is an ES module': {
    in: 'es',
    files: {
      'a.mjs': `
        import mysql, { createConnection } from 'mysql'
        import * as all from 'mysql'
        ${query('default')}; ${query('named', '({ createConnection })')}; ${query('namespace', 'all')}`,
    },
    args: ['a.mjs'],
    queries: ['default', 'named', 'namespace'],
  },
  'a library that is taken out of the cache': {
    files: {
      'a.cjs': `let mysql = require('mysql'); ${query('first')}
        delete require.cache[require.resolve('mysql')]; mysql = require('mysql'); ${query('second')}`,
    },
    args: ['a.cjs'],
    queries: ['first', 'second'],
  },
  'required and imported: one span for each query': {
    files: {
      'b.cjs': REQUIRE + query('required'),
      'a.mjs': IMPORT + `import './b.cjs'\n` + query('imported'),
    },
    args: ['a.mjs'],
    queries: ['imported', 'required'],
  },
  'required and imported, the other way around': {
    files: {
      'a.cjs':
        REQUIRE +
        `import('mysql').then(({ default: mysql }) => { ${query('imported')}; })\n` +
        query('required'),
    },
    args: ['a.cjs'],
    queries: ['imported', 'required'],
  },
}

test.each(Object.keys(CASES))(
  '%s',
  async (name) => {
    const { queries: expected = ['q'] } = CASES[name]!
    const { code, stderr } = await results.get(name)!
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await queries(name, expected.length)).toEqual(expected)
  },
  60_000,
)

async function start(name: string): Promise<Ended> {
  const { in: place = '.', files = {}, args, stdin = '', env = {}, flags = PRELOAD } = CASES[name]!
  const cwd = `${place}/${name.replaceAll(/\W+/g, '-')}`
  app.write({ [`${cwd}/.keep`]: '' })
  for (const [file, code] of Object.entries(files)) app.write({ [`${cwd}/${file}`]: code })
  const settings = {
    ...to(viewer),
    OTEL_SERVICE_NAME: name,
    OTEL_METRICS_EXPORTER: 'none',
    // Many at a time on a busy machine.
    WAYBILL_EXIT_TIMEOUT: '30000',
    ...env,
  }
  return app.run([...flags, ...args], { env: settings, cwd, stdin })
}

/** All of them, a few at a time. */
function startAll(names: readonly string[]): Map<string, Promise<Ended>> {
  const lanes = Array.from({ length: 3 }, () => Promise.resolve() as Promise<unknown>)
  return new Map(
    names.map((name, index) => {
      const lane = index % lanes.length
      const result = lanes[lane]!.then(() => start(name))
      lanes[lane] = result
      return [name, result]
    }),
  )
}
