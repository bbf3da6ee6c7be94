import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { AppFolder, type Ended } from '../support/app-folder.ts'

// The real cache in a package of two small files, as its own tests need no build of the whole.

const SOURCES = join(__dirname, '../../src')
let app: AppFolder

beforeAll(async () => {
  app = new AppFolder('code-cache')
  await bundle('one')
  app.write({
    'node_modules/pkg/dist/start.js': `
      const part = require('./parts/part.js')
      exports.run = () => console.log(part.name(), require('./parts/part.js') === part, __filename.endsWith('start.js'))
    `,
    'node_modules/pkg/dist/parts/part.js': `
      exports.name = () => 'part of ' + require('node:path').basename(require('../start.js').run ? 'start' : '')
    `,
    'node_modules/pkg/dist/package.json': '{ "type": "commonjs" }',
    // Tells of every script what was made of the code it came with.
    'spy.cjs': `
      const vm = require('node:vm')
      vm.Script = class extends vm.Script {
        constructor(source, options) {
          super(source, options)
          const { filename, cachedData } = options
          const use = cachedData ? (this.cachedDataRejected ? 'refused' : 'used') : 'none'
          process.stderr.write(require('node:path').basename(filename) + ': ' + use + '\\n')
        }
      }
    `,
    // Ten seconds are over at once.
    'soon.cjs': `
      const { setTimeout } = globalThis
      globalThis.setTimeout = (work, ms, ...args) => setTimeout(work, ms === 10_000 ? 1 : ms, ...args)
    `,
    'until-left.cjs': `
      const { globSync } = require('node:fs')
      const look = () => globSync('node_modules/pkg/.code/*/*.js').length === 2 && process.kill(process.pid, 'SIGKILL')
      setInterval(look, 5)
    `,
    'thread.cjs': `
      const { Worker, isMainThread } = require('node:worker_threads')
      if (isMainThread) new Worker(__filename, { execArgv: ['--require', './spy.cjs', '--require', 'pkg/dist/register.js'] })
    `,
  })
})
afterAll(() => app?.remove())
beforeEach(() => rmSync(cache(), { recursive: true, force: true }))

/** @param name of the build */
async function bundle(name: string): Promise<void> {
  const common: BuildOptions = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    conditions: ['@waybill/source'],
    define: { WAYBILL_BUILD: JSON.stringify(name), 'import.meta.filename': '__filename' },
  }
  const outdir = join(app.path, 'node_modules/pkg/dist')
  const contents = `
    import { codeCache } from './code-cache.ts'
    codeCache(module, __dirname + '/')('start.js').run()
  `
  await build({ ...common, stdin: { contents, resolveDir: SOURCES }, outfile: join(outdir, 'register.js') })
  await build({ ...common, entryPoints: [join(SOURCES, 'code-cache-write.ts')], outdir })
}

const cache = (): string => join(app.path, 'node_modules/pkg/.code')
const folders = (): string[] => (existsSync(cache()) ? readdirSync(cache()) : [])
const files = (): string[] =>
  folders().flatMap((folder) => readdirSync(join(cache(), folder)).map((name) => join(cache(), folder, name)))

interface Start {
  readonly flags?: readonly string[]
  readonly env?: Record<string, string>
}

/** What each script was made of; the package must have worked. */
async function start({ flags = [], env = {} }: Start = {}): Promise<string[]> {
  const ended = await spawned(flags, env)
  expect(ended).toMatchObject({ code: 0, stdout: 'part of start true true\n' })
  return ended.stderr.split('\n').slice(0, -1)
}

const spawned = (flags: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  app.run([...flags, '--require', './spy.cjs', '--require', 'pkg/dist/register.js', '-e', '0'], { env })

const NONE = ['start.js: none', 'part.js: none']
const USED = ['start.js: used', 'part.js: used']

test('the second process uses what the first has left', async () => {
  expect(await start()).toEqual(NONE)
  const left = files().map((file) => [file, statSync(file).mtimeMs])
  expect(left.map(([file]) => String(file).replace(/.*[/\\]/, '')).toSorted()).toEqual([
    'parts.part.js',
    'start.js',
  ])
  expect(await start()).toEqual(USED)
  // And leaves it alone.
  expect(files().map((file) => [file, statSync(file).mtimeMs])).toEqual(left)
})

test('a process that is killed has left it after a while', async () => {
  const flags = ['--require', './soon.cjs', '--require', './spy.cjs', '--require', 'pkg/dist/register.js']
  const { code } = await app.run([...flags, 'until-left.cjs'])
  expect(code).toBeNull()
  expect(await start()).toEqual(USED)
})

test.each([
  ['cut off', (code: Buffer) => code.subarray(0, code.length / 2)],
  ['empty', () => Buffer.alloc(0)],
  ['something else', () => Buffer.from('not code at all')],
  ['zeros', (code: Buffer) => Buffer.alloc(code.length)],
])('code that is %s is not used', async (_, damage) => {
  await start()
  for (const file of files()) writeFileSync(file, damage(readFileSync(file)))
  const [first] = await start()
  expect(first).not.toBe('start.js: used')
  // Another folder has whole code by now.
  expect((await start()).slice(-2)).toEqual(USED)
})

test('processes with other flags of V8 keep their own', async () => {
  await start()
  const flags = ['--no-opt']
  expect(await start({ flags })).toEqual(['start.js: refused', ...NONE])
  expect(await start({ flags })).toEqual(['start.js: refused', ...USED])
  expect(await start()).toEqual(USED)
  expect(folders()).toHaveLength(2)
})

test('code of another build is not used, whatever its length', async () => {
  await start()
  await bundle('two')
  expect(await start()).toEqual(NONE)
  await bundle('one')
})

test('where nothing can be written all works without, and a debug line says so', async () => {
  writeFileSync(cache(), 'a file, not a folder')
  expect(await start()).toEqual(NONE)
  expect(await start({ env: { OTEL_LOG_LEVEL: 'debug' } })).toEqual([
    ...NONE,
    expect.stringMatching(/^waybill: no compiled code is kept: /),
  ])
})

test('NODE_DISABLE_COMPILE_CACHE=1: none is read, none is left', async () => {
  const env = { NODE_DISABLE_COMPILE_CACHE: '1' }
  expect(await start({ env })).toEqual(NONE)
  expect(folders()).toEqual([])
  await start()
  expect(await start({ env })).toEqual(NONE)
})

test('a thread uses it, and leaves none', async () => {
  await app.run(['thread.cjs'])
  expect(folders()).toEqual([])
  await start()
  const { stdout, stderr } = await app.run(['thread.cjs'])
  expect(stdout).toBe('part of start true true\n')
  expect(stderr.trim().split('\n')).toEqual(USED)
})

test('many first processes at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => start()))
  expect(files()).toHaveLength(2)
  expect(await start()).toEqual(USED)
})
