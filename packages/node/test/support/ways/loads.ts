import { query } from '../app-folder.ts'
import { IMPORT, Q, REQUIRE, type Way } from './way.ts'

/** How code may load a library. */
export const LOADS: Readonly<Record<string, Way>> = {
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
