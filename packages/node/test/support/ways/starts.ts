import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BASE, PRELOAD, REGISTER } from '../app-folder.ts'
import { IMPORT, Q, REQUIRE, type Way } from './way.ts'

const TYPED = `const no: number = 1; ${Q}`
const libraries = createRequire(join(__dirname, '../../../../../libraries/package.json'))
const TSX = pathToFileURL(libraries.resolve('tsx')).href
const TSX_PROGRAM = libraries.resolve('tsx/cli')
const QUIET = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'

/** How the code of an app may start. */
export const STARTS: Readonly<Record<string, Way>> = {
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
}
