import { isBuiltin, Module } from 'node:module'
import { isAbsolute } from 'node:path'
import { report } from '@waybill/core/report'
import { isThread } from '../threads.ts'
import { openImports, wrapper, type ImportHooks } from './import-hook.ts'
import type { HookArguments } from './import-in-the-middle.ts'
import { shareHooks } from './library-hooks.ts'
import { packageName } from './package-name.ts'
import { isHooked, loadPatched, patchBuiltin, RequireHook, resolve, type Parent } from './require-hook.ts'

export interface HookTarget {
  /** Is this module to be announced? */
  has(module: string): boolean
  /** Called before `module` is loaded for the first time. */
  loading(module: string): void
  /** Called when the app's `@opentelemetry/api` was found in `file`, each time. */
  apiFound(file: string): void
  /** Names of modules whose exports may be patched. */
  readonly wrapped: ReadonlySet<string>
  /** Paths inside packages that integrations patch, as in `pg/lib/client.js`; they come with each integration. */
  readonly files: ReadonlySet<string>
}

/**
 * Announce the first loading of each module in `target`, by `require` and by `import` alike, and let
 * instrumentations patch what was loaded.
 *
 * `require`: a wrapper of `Module._load`, through which all ways to it go. `import`: see import-hook.ts.
 * Upstream's instrumentations ask for require-in-the-middle and import-in-the-middle: they get the classes of
 * these two files, which look at no module but those of `target`. Waybill's own are told by hookLibrary().
 *
 * @returns runs work of Waybill's that loads modules, with the hooks open and its errors kept from the app
 */
export function installHooks(target: HookTarget): (work: () => void) => void {
  const announced = new Set<string>()
  // While Waybill itself is loading modules the hooks are open.
  let busy = false
  const quietly = (work: () => void): void => {
    const outer = busy
    busy = true
    try {
      work()
    } catch (error) {
      report(
        'WAYBILL_INTERNAL',
        `loading telemetry failed: ${(error as Error).message}. The app goes on without.`,
      )
    } finally {
      busy = outer
    }
  }
  const announce = (name: string): void => {
    if (busy || announced.has(name) || !target.has(name)) return
    announced.add(name)
    quietly(() => target.loading(name))
  }
  const announceRequired = (id: string, parent: Parent): void => {
    // An alias of the app's package.json may mean any package.
    const name = packageName(id.charCodeAt(0) === 35 ? (resolve(id, parent) ?? id) : id)
    if (name === undefined || announced.has(name) || !target.has(name)) return
    // Many look for what is not installed.
    if (resolve(id, parent) !== undefined) announce(name)
  }
  const imports: ImportHooks = openImports({
    wrapped: target.wrapped,
    files: target.files,
    isBusy: () => busy,
    announce,
    apiFound: (file) => quietly(() => target.apiFound(file)),
    quietly,
  })
  const standIns: Readonly<Record<string, unknown>> = {
    'require-in-the-middle': { Hook: RequireHook },
    'import-in-the-middle': imports.Hook && imports,
  }
  shareHooks((module, onLoaded) => {
    new RequireHook(null, {}, onLoaded)
    const Hook = imports.Hook ?? wrapper().readHook()
    new Hook([module], { internals: true }, onLoaded as HookArguments[2])
  })

  const original = loader._load
  loader._load = function (id, parent, isMain, options) {
    // Node itself says what is wrong with an id that is no string.
    if (typeof id !== 'string') return original.call(this, id, parent, isMain, options)
    if (busy && standIns[id]) return standIns[id]
    // Node's loader of ES modules asks for the whole path of a CommonJS one: import-hook.ts is there for it.
    if (!parent && isAbsolute(id)) {
      if (!busy) announceRequired(id, parent)
      const load = (): unknown => original.call(this, id, parent, isMain, options)
      // Unless Node is old, and this is a Worker: what it imports is resolved elsewhere, and not wrapped.
      const alone = !imports.Hook && isThread() && !busy && isHooked(id, parent, target.wrapped, target.files)
      const exports = alone ? loadPatched(id, parent, load) : load()
      // From source, instrumentations are ES modules.
      const standIn = busy && standIns[packageName(id) ?? '']
      if (standIn) Object.assign(exports as object, standIn)
      return exports
    }
    if (busy) return original.call(this, id, parent, isMain, options)
    announceRequired(id, parent)
    if (id === '@opentelemetry/api') {
      const file = resolve(id, parent)
      if (file !== undefined) quietly(() => target.apiFound(file))
    }
    return isHooked(id, parent, target.wrapped, target.files)
      ? loadPatched(id, parent, () => original.call(this, id, parent, isMain, options))
      : original.call(this, id, parent, isMain, options)
  }
  // A way to Node's own modules that loads nothing.
  if ([...target.wrapped].some((name) => isBuiltin(name))) {
    const getBuiltinModule = process.getBuiltinModule.bind(process)
    process.getBuiltinModule = ((id: string): unknown => {
      if (busy || typeof id !== 'string') return getBuiltinModule(id)
      const exports: unknown = getBuiltinModule(id)
      announceRequired(id, undefined)
      return patchBuiltin(exports, id)
    }) as typeof getBuiltinModule
  }
  return quietly
}

type Load = (this: unknown, id: string, parent: Parent, isMain?: boolean, options?: object) => unknown

/** The part of Node's loader that its public types leave out. */
const loader = Module as unknown as { _load: Load }
