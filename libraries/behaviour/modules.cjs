// What an app does with modules themselves: live bindings, the cache, loaders of its own, stubs.
const fs = require('node:fs')
const Module = require('node:module')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { attempt, say, shape } = require('./transcript.cjs')

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'modules-')))
const write = (name, text) => {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  return file
}
const load = (file) => import(pathToFileURL(file).href)
// The libraries of the app, by their own names.
const fromApp = Module.createRequire(path.join(process.cwd(), 'app.cjs'))
const plain = (text) =>
  String(text)
    .replaceAll(folder, '')
    .replaceAll(/\n- .*/g, '')

exports.run = async () => {
  try {
    surface()
    await liveBindings()
    await errors()
    await builtins()
    await cache()
    await stubs()
    await ownHooks()
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

function surface() {
  for (const name of ['_load', '_resolveFilename', 'createRequire', 'registerHooks', 'isBuiltin'])
    say(`shape of ${name}`, shape(Module[name]))
  say('shape of require', shape(Module.prototype.require))
  say('require', Object.keys(require).join(), shape(require), Object.keys(require.extensions).join())
  say('module', Object.keys(module).join(), module.loaded, module.children.length)
  say(
    'process',
    process.execArgv.includes('--eval'),
    Object.keys(process.env).some((name) => name.startsWith('NODE_OPTIONS')),
  )
}

/** A library's name makes it one that is wrapped. */
const LIVE = `
  export let count = 0
  export const add = () => ++count
  export let later
  export const set = (value) => { later = value }
  export default function named() { return count }
  export { count as alias }
`

async function liveBindings() {
  for (const name of ['app', 'knex', 'koa', 'express', 'pino', 'graphql']) {
    write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '3.0.0', type: 'module', exports: './index.js' }),
    )
    write(`node_modules/${name}/index.js`, LIVE)
    const user = write(
      `${name}.mjs`,
      `
      import named, * as all from '${name}'
      import { count, add, later, set, alias } from '${name}'
      export * from '${name}'
      export const seen = () => [count, alias, later, all.count, named(), typeof add, Object.keys(all).join()]
      export const change = (value) => { add(); set(value) }
    `,
    )
    await attempt(`live ${name}`, async () => {
      const one = await load(user)
      const before = one.seen()
      one.change('set')
      const again = await load(user)
      return [before, one.seen(), one.count, one.later, again === one, one[Symbol.toStringTag]]
    })
  }
  write(
    'a.mjs',
    "import { b } from './b.mjs'\nexport let a = 'a'\nexport const get = () => b()\nexport function early() { return 'hoisted' }",
  )
  write('b.mjs', "import { a, early } from './a.mjs'\nexport const first = early()\nexport const b = () => a")
  await attempt('circle', async () => (await load(path.join(folder, 'a.mjs'))).get())
  write('c1.cjs', "exports.one = 1; exports.two = require('./c2.cjs').two; exports.done = true")
  write('c2.cjs', "const c1 = require('./c1.cjs'); exports.two = [c1.one, c1.done]")
  await attempt('circle of require', () => require(path.join(folder, 'c1.cjs')))
}

let imports = 0

async function errors() {
  for (const name of ['none-such', './none-such.cjs', 'express/none-such', 'node:none', '', 'graphql/none']) {
    await attempt('require', () => {
      try {
        return fromApp(name)
      } catch (error) {
        return [error.constructor.name, error.code, plain(error.message), error.requireStack?.length]
      }
    })
    await attempt('import', () =>
      load(write(`import-${imports++}.mjs`, `await import(${JSON.stringify(name)})`)).catch((error) => [
        error.constructor.name,
        error.code,
        plain(error.message).replace(/imported from.*/, ''),
      ]),
    )

    await attempt('resolve', () => {
      try {
        return fromApp.resolve(name)
      } catch (error) {
        return error.code
      }
    })
  }
  for (const bad of [undefined, null, 7, {}, Symbol('s')])
    await attempt('bad', () => {
      try {
        return require(bad)
      } catch (error) {
        return [error.code, error.message]
      }
    })
  const broken = write('broken.cjs', 'exports.a = 1; throw new TypeError("mine")')
  for (const times of [1, 2])
    await attempt(`throws ${times}`, () => {
      try {
        return require(broken)
      } catch (error) {
        return [error.message, broken in require.cache]
      }
    })
  await attempt('syntax', () => {
    try {
      return require(write('syntax.cjs', 'const = 1'))
    } catch (error) {
      return [error.constructor.name, error.message]
    }
  })
  await attempt('json', () => require(write('data.json', '{"a":1}')))
  await attempt('bad json', () => {
    try {
      return require(write('bad.json', '{"a"'))
    } catch (error) {
      return plain(error.message)
    }
  })
}

async function builtins() {
  for (const name of ['http', 'https', 'fs', 'net', 'dns']) {
    const [one, two, three] = [require(name), require(`node:${name}`), process.getBuiltinModule(name)]
    const imported = await import(name)
    say(
      name,
      one === two,
      two === three,
      imported.default === one,
      imported === (await import(`node:${name}`)),
      Object.keys(imported).length,
    )
  }
  const http = require('node:http')
  const imported = await import('node:http')
  const { get } = http
  const mine = () => 'mine'
  http.get = mine
  say('before sync', imported.get === mine, imported.get === get)
  Module.syncBuiltinESMExports()
  say('after sync', imported.get === mine)
  http.get = get
  Module.syncBuiltinESMExports()
  say('put back', imported.get === get)
}

async function cache() {
  for (const name of ['express', 'koa', 'pino', 'pg', 'fastify', 'knex']) {
    const file = fromApp.resolve(name)
    const one = fromApp(name)
    const imported = await load(file)
    say(
      name,
      require.cache[file].exports === one,
      imported.default === one,
      fromApp(name) === one,
      require(file) === one,
      require.cache[file].loaded,
    )
    delete require.cache[file]
    const two = fromApp(name)
    say(`${name} again`, two !== one, fromApp(name) === two, typeof two)
    const stub = () => 'stub'
    require.cache[file].exports = stub
    say(`${name} stubbed`, fromApp(name) === stub, require(file) === stub)
    require.cache[file] = { id: file, filename: file, loaded: true, exports: { fake: true } }
    say(`${name} faked`, fromApp(name))
    delete require.cache[file]
    say(`${name} back`, typeof fromApp(name))
  }
}

/** As proxyquire, jest and others do. */
async function stubs() {
  const { _load, _resolveFilename } = Module
  const seen = []
  Module._load = function (...args) {
    const [id, parent, isMain] = args
    seen.push([id, parent?.filename?.endsWith('.cjs'), isMain])
    return id === 'mysql2' ? { stub: true } : Reflect.apply(_load, this, args)
  }
  const user = write(
    'user.cjs',
    "exports.mysql2 = require('mysql2'); exports.path = require('path') === require('node:path')",
  )
  await attempt('_load', () => require(user))
  Module._load = _load
  delete require.cache[user]
  say(
    '_load seen',
    seen.map((one) => [plain(one[0]), one[1], one[2]]),
  )
  Module._resolveFilename = function (...args) {
    return args[0] === 'aliased' ? fromApp.resolve('connect') : Reflect.apply(_resolveFilename, this, args)
  }
  await attempt(
    'alias',
    () => require(write('alias.cjs', "module.exports = require('aliased')")) === fromApp('connect'),
  )
  Module._resolveFilename = _resolveFilename
  const { require: original } = Module.prototype
  Module.prototype.require = function (id) {
    return id === 'ioredis' ? 'stub' : Reflect.apply(original, this, [id])
  }
  await attempt('require replaced', () =>
    require(write('replaced.cjs', "module.exports = [require('ioredis'), typeof require('os')]")),
  )
  Module.prototype.require = original
  const loader = new Module('/own.js', module)
  loader.filename = '/own.js'
  loader.paths = Module._nodeModulePaths(process.cwd())
  loader._compile(
    "module.exports = [typeof require('connect'), __filename, module.parent?.id !== undefined]",
    '/own.js',
  )
  say('own module', loader.exports)
  const { '.cjs': cjs = require.extensions['.js'] } = require.extensions
  require.extensions['.own'] = (target, file) =>
    target._compile(`module.exports = ${JSON.stringify(fs.readFileSync(file, 'utf8'))}`, file)
  await attempt('extension', () => require(write('text.own', 'hello')))
  delete require.extensions['.own']
  say('extensions', typeof cjs)
}

async function ownHooks() {
  const seen = []
  const hooks = Module.registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'virtual') return { url: 'virtual:one', shortCircuit: true, format: 'module' }
      return next(specifier, context)
    },
    load(url, context, next) {
      if (url === 'virtual:one')
        return {
          source: 'export let n = 1; export const add = () => ++n',
          format: 'module',
          shortCircuit: true,
        }
      const loaded = next(url, context)
      if (url.endsWith('hooked.mjs')) seen.push([loaded.format, typeof loaded.source])
      return loaded
    },
  })
  await attempt('virtual', async () => {
    const { add, ...rest } = await import('virtual')
    return [rest.n, add(), (await import('virtual')).n]
  })
  await attempt('hooked', async () => ({
    ...(await load(write('hooked.mjs', "import koa from 'koa'; export const a = typeof koa"))),
  }))
  hooks.deregister()
  say('hooks', seen)
}
