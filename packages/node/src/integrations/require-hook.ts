import { isBuiltin, Module } from 'node:module'
import { dirname, join, parse, relative, sep } from 'node:path'
import { packageName } from './package-name.ts'

/**
 * @param name `pg`, `pg/lib/client.js`, `http`
 * @param folder of the package; none for Node's own modules
 * @returns the exports that the app gets
 */
type OnRequire = (exports: unknown, name: string, folder?: string) => unknown

const hooks: { readonly files: readonly string[] | null; readonly onRequire: OnRequire }[] = []
let files = false

/**
 * What instrumentations take for require-in-the-middle's `Hook`. That one resolves every `require` of the app
 * a second time; this one only those of modules that are traced.
 */
export class RequireHook {
  /** @param only absolute paths to look at; null: every module that is traced */
  constructor(only: readonly string[] | null, _options: object, onRequire: OnRequire) {
    hooks.push({ files: only, onRequire })
    files ||= only !== null
  }
}

/**
 * May `id`, asked for by `parent`, be a module that a hook looks at?
 *
 * @param patched the files inside packages that are patched, as in `pg/lib/client.js`
 */
export function isHooked(
  id: string,
  parent: Parent,
  traced: ReadonlySet<string>,
  patched: ReadonlySet<string>,
): boolean {
  if (hooks.length === 0) return false
  if (files) return true
  // An alias of the app's package.json may mean any package.
  if (id.charCodeAt(0) === 35) return true
  const name = packageName(id)
  if (name !== undefined) return traced.has(name)
  // A relative id is a file of the package that asks.
  const own = parent?.filename ? packageName(parent.filename) : undefined
  return own !== undefined && traced.has(own) && isPatchedFile(id, parent!.filename, own, patched)
}

/** May `id`, seen from `file` in the package `name`, be its main file or one of `patched`? Asks no file system. */
function isPatchedFile(id: string, file: string, name: string, patched: ReadonlySet<string>): boolean {
  const folder = folderOf(file, name)
  if (folder === undefined || id.charCodeAt(0) !== 46) return true
  // Without its extension, or a folder of which it is the main file.
  const path = join(dirname(file), id)
  if (!path.startsWith(folder)) return true
  if (mainOf(name, folder)?.startsWith(path)) return true
  const inner = `${name}${path.slice(folder.length).replaceAll(sep, '/')}`
  for (const one of patched) if (one.startsWith(inner)) return true
  return false
}

/**
 * What the app gets for `id`.
 *
 * @param load Node's own loading of it, which happens each time: the app may have put something else in its place
 */
export function loadPatched(id: string, parent: Parent, load: () => unknown): unknown {
  const file = resolve(id, parent)
  // Node tells the app what is wrong. And a cycle comes back to a module that is not whole yet.
  if (file === undefined || loading.has(file)) return load()
  loading.add(file)
  let exports: unknown
  try {
    exports = load()
  } finally {
    loading.delete(file)
  }
  return patchOnce(exports, file)
}

/** The file that `id` means for `parent`, a builtin's name without `node:`; undefined where there is none. */
export function resolve(id: string, parent: Parent): string | undefined {
  if (isBuiltin(id)) return builtinName(id)
  try {
    return loader._resolveFilename(id, parent)
  } catch {
    return undefined
  }
}

/** Of `process.getBuiltinModule(id)`. */
export function patchBuiltin(exports: unknown, id: string): unknown {
  return exports === undefined || hooks.length === 0 ? exports : patchOnce(exports, builtinName(id))
}

/** The module that asks; none for what Node itself or an ES module asks for. */
export type Parent = NodeJS.Module | null | undefined

/** The parts of Node's loader that its public types leave out. */
const loader = Module as unknown as {
  _resolveFilename(id: string, parent?: Parent, isMain?: boolean, options?: object): string
  readonly _cache: Readonly<Record<string, object>>
}

const loading = new Set<string>()

/** By the loader's own module: one that the app takes out of `require.cache` is loaded and patched anew. */
const patchedFiles = new WeakMap<object, Patched>()
const patchedBuiltins = new Map<string, Patched>()

interface Patched {
  readonly exports: unknown
  result: unknown
}

function patchOnce(exports: unknown, file: string): unknown {
  const builtin = isBuiltin(file)
  const module = builtin ? undefined : loader._cache[file]
  if (!builtin && module === undefined) return exports
  const known = module ? patchedFiles.get(module) : patchedBuiltins.get(file)
  // What the app has put in its place, for its tests, is the app's own.
  if (known) return known.exports === exports ? known.result : exports
  // In place before the hooks run: they may ask for it themselves.
  const patched: Patched = { exports, result: exports }
  if (module) patchedFiles.set(module, patched)
  else patchedBuiltins.set(file, patched)
  const place = builtin ? { name: file } : placeOf(file)
  const { name, dir } = parse(file)
  for (const { files: only, onRequire } of hooks) {
    if (only === null) {
      if (place) patched.result = onRequire(patched.result, place.name, place.folder)
    } else if (only.includes(file)) {
      patched.result = onRequire(patched.result, name, dir)
    }
  }
  return patched.result
}

/** `…/node_modules/pg/lib/client.js` → `pg/lib/client.js` in the folder of pg; its main file is `pg`. */
function placeOf(file: string): { name: string; folder?: string } | undefined {
  const name = packageName(file)
  if (name === undefined) return undefined
  const folder = folderOf(file, name)
  if (folder === undefined) return undefined
  return { name: mainOf(name, folder) === file ? name : `${name}${sep}${relative(folder, file)}`, folder }
}

/** Of the package `name`, which `file` is in. */
function folderOf(file: string, name: string): string | undefined {
  const inner = `${sep}node_modules${sep}${name.replaceAll('/', sep)}`
  const end = file.lastIndexOf(inner)
  return end < 0 ? undefined : file.slice(0, end + inner.length)
}

const mains = new Map<string, string | undefined>()

/** What `require(name)` means, seen from inside its own folder; undefined for a package without a main file. */
function mainOf(name: string, folder: string): string | undefined {
  if (!mains.has(folder)) {
    let main: string | undefined
    try {
      main = loader._resolveFilename(name, undefined, false, { paths: [folder] })
    } catch {
      // Its files are all there is.
    }
    mains.set(folder, main)
  }
  return mains.get(folder)
}

function builtinName(id: string): string {
  return id.startsWith('node:') && isBuiltin(id.slice(5)) ? id.slice(5) : id
}
