import {
  Module,
  createRequire,
  registerHooks,
  register,
  type LoadHookSync,
  type ResolveFnOutput,
  type ResolveHookSync,
} from 'node:module'
import { pathToFileURL } from 'node:url'
import { report } from '@waybill/core/report'
import { isThread } from '../threads.ts'
import { packageName } from './package-name.ts'

const require = createRequire(import.meta.filename)

export interface HookTarget {
  /** Is this module to be announced? */
  has(module: string): boolean
  /** Called before `module` is loaded for the first time. */
  loading(module: string): void
  /** Called when the app's `@opentelemetry/api` was found at `url`, each time. */
  apiFound(url: string): void
  /** Names whose ES-module form is wrapped, so that its exports can be replaced. */
  readonly wrapped: ReadonlySet<string>
}

/**
 * Announce the first loading of each module in `target`, by `require` and by `import` alike.
 *
 * `require`: a wrapper of `Module.prototype.require` that, where the announcement brought further hooks
 * (require-in-the-middle), starts the same call again so that it passes through them.
 * `import`: synchronous resolve and load hooks that hand on to import-in-the-middle, which is read with the
 * first import of a module that is wrapped.
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
  const announce = (specifier: string): boolean => {
    const name = packageName(specifier)
    if (busy || name === undefined || announced.has(name) || !target.has(name)) return false
    announced.add(name)
    quietly(() => target.loading(name))
    return true
  }

  // oxlint-disable-next-line typescript/unbound-method -- called with the caller's own `this`
  const original = Module.prototype.require
  const wrapper = function (this: NodeJS.Module, id: string): unknown {
    if (typeof id === 'string' && announce(id) && Module.prototype.require !== wrapper) {
      return Module.prototype.require.call(this, id)
    }
    return original.call(this, id)
  }
  Module.prototype.require = wrapper as typeof original

  let esm: EsmHooks | undefined
  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (busy) return next(specifier, context)
    if (!isImport(context.conditions)) return found(specifier, next(specifier, context))
    announce(specifier)
    if (!esm && SYNC_LOAD_HOOKS && wanted(specifier)) {
      esm = PASS_ON
      quietly(() => (esm = loadEsmHooks(target.wrapped)))
    }
    return found(specifier, esm ? esm.resolve(specifier, context, next) : next(specifier, context))
  }
  const load: LoadHookSync = (url, context, next) =>
    esm && !busy ? esm.load(url, context, next) : next(url, context)
  const wanted = (specifier: string): boolean => {
    const name = packageName(specifier)
    return name !== undefined && target.wrapped.has(name)
  }
  const found = (specifier: string, result: ResolveFnOutput): ResolveFnOutput => {
    if (specifier === '@opentelemetry/api') quietly(() => target.apiFound(result.url))
    return result
  }
  if (SYNC_LOAD_HOOKS) {
    registerHooks({ resolve, load })
  } else {
    // An older Node takes no load hook that leaves the source of a CommonJS module to it: those of
    // import-in-the-middle run on a thread of their own, which must be there before the first import.
    registerHooks({ resolve })
    if (isThread()) return quietly
    quietly(() =>
      register(iitmUrl(), {
        data: { include: [...target.wrapped].flatMap((name) => [name, `node:${name}`]) },
      }),
    )
  }
  return quietly
}

const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number)
const atLeast = (minimum: number, fix: number): boolean =>
  minor > minimum || (minor === minimum && patch >= fix)
/** https://github.com/nodejs/node/pull/59929 */
const SYNC_LOAD_HOOKS =
  major > 25 ||
  (major === 25 && atLeast(1, 0)) ||
  (major === 24 && atLeast(11, 1)) ||
  (major === 22 && atLeast(22, 3))

/** Node 22 hands the conditions over as a Set at first, later as an array. */
function isImport(conditions: readonly string[] | ReadonlySet<string>): boolean {
  return 'has' in conditions ? conditions.has('import') : conditions.includes('import')
}

function iitmUrl(): string {
  return pathToFileURL(require.resolve('import-in-the-middle/hook.mjs')).href
}

interface EsmHooks {
  readonly resolve: ResolveHookSync
  readonly load: LoadHookSync
}

const PASS_ON: EsmHooks = {
  resolve: (specifier, context, next) => next(specifier, context),
  load: (url, context, next) => next(url, context),
}

interface ImportInTheMiddle {
  createHook(meta: { url: string }): {
    resolveSync: ResolveHookSync
    loadSync: LoadHookSync
    applyOptions(options: { shouldInclude(url: string, specifier: string): boolean }): void
  }
}

function loadEsmHooks(wrapped: ReadonlySet<string>): EsmHooks {
  const iitm = require('import-in-the-middle/create-hook.mjs') as ImportInTheMiddle
  const hook = iitm.createHook({ url: iitmUrl() })
  // Only what an integration wants is wrapped: every other module keeps its own live bindings.
  hook.applyOptions({
    shouldInclude: (at, specifier) => {
      const name = packageName(at.startsWith('file:') ? at : specifier)
      return name !== undefined && wrapped.has(name)
    },
  })
  return { resolve: hook.resolveSync, load: hook.loadSync }
}
