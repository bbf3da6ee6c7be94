import type { Script } from 'node:vm'
import type * as WriteModule from './code-cache-write.ts'
import { isThread } from './threads.ts'

/** The build's name: a hash of all files that are read through the cache. */
declare const WAYBILL_BUILD: string

/** Milliseconds. By then a server has run what it runs at every start. */
const SETTLED = 10_000

/** What Node's loader of CommonJS keeps, and its types leave out. */
interface Loader {
  readonly _cache: Record<string, NodeJS.Module>
  new (file: string, parent: NodeJS.Module): NodeJS.Module
}

/**
 * Reads files of the published form with the code that V8 made of them in an earlier process, as making it is most
 * of what they cost a start. V8 takes code only for its own version and flags, and a source of the same length; that it is
 * the same source the build's name in the path tells. The cache lies in the package's own folder: who can write
 * there can write the sources too. Where it cannot be written, or Node is told not to have one of its own
 * (`NODE_DISABLE_COMPILE_CACHE`), all works without.
 *
 * @param register the module of the preload
 * @param dist the folder of the published form, with the separator at its end
 * @returns reads a file of that folder, once a process
 */
export function codeCache(register: NodeJS.Module, dist: string): (name: string) => unknown {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const Module = process.getBuiltinModule('node:module').Module as unknown as Loader
  const path = process.getBuiltinModule('node:path')
  const vm = process.getBuiltinModule('node:vm')
  const off = Boolean(process.env.NODE_DISABLE_COMPILE_CACHE)
  let folder = `${dist}../.code/${WAYBILL_BUILD}-${process.version}-${process.platform}-${process.arch}`
  const scripts = new Map<string, Script>()
  let keeping = false

  const read = (file: string): unknown => {
    const known = Module._cache[file]
    if (known) return known.exports
    const module = (Module._cache[file] = new Module(file, register))
    module.filename = file
    module.paths = register.paths
    const place = path.dirname(file)
    const require = (id: string): unknown =>
      id.startsWith('.') ? read(path.resolve(place, id)) : module.require(id)
    try {
      const run = compile(file).runInThisContext() as (...args: unknown[]) => void
      run.call(module.exports, module.exports, require, module, file, place)
      module.loaded = true
    } finally {
      if (!module.loaded) delete Module._cache[file]
    }
    return module.exports
  }

  const compile = (filename: string): Script => {
    const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(filename, 'utf8')}\n})`
    const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
    const compiled = (cachedData?: Buffer): Script =>
      new vm.Script(source, { filename, importModuleDynamically, cachedData })
    if (off) return compiled()
    const name = filename.slice(dist.length).replaceAll(/[/\\]/g, '.')
    let code = codeOf(name)
    let script = compiled(code)
    if (script.cachedDataRejected) {
      // V8 has other flags here than in the process that made it: a folder of their own.
      folder += `-${process.getBuiltinModule('node:v8').cachedDataVersionTag()}`
      code = codeOf(name)
      script = compiled(code)
    }
    scripts.set(`${folder}/${name}`, script)
    if (!code || script.cachedDataRejected) keepLater()
    return script
  }

  const codeOf = (name: string): Buffer | undefined => {
    try {
      return readFileSync(`${folder}/${name}`)
    } catch {
      // This is the first process, or none may write here.
      return undefined
    }
  }

  // All of them: those that were read from the cache may have run more of their functions than before.
  const keepLater = (): void => {
    if (keeping || isThread()) return
    keeping = true
    const keep = (): void => {
      clearTimeout(timer)
      process.removeListener('exit', keep)
      const { writeCode } = register.require(`${dist}code-cache-write.js`) as typeof WriteModule
      writeCode(scripts)
      keeping = false
    }
    const timer = setTimeout(keep, SETTLED).unref()
    process.on('exit', keep)
  }
  return (name) => read(dist + name)
}
