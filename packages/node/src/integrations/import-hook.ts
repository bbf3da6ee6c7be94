import { subscribe } from 'node:diagnostics_channel'
import {
  Module,
  registerHooks,
  syncBuiltinESMExports,
  type LoadHookSync,
  type ResolveHookSync,
} from 'node:module'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load as loadPart } from '../lazy.ts'
import { isThread } from '../threads.ts'
import type * as WrapperModule from './import-in-the-middle.ts'
import type { HookArguments, HookClass, ImportInTheMiddle } from './import-in-the-middle.ts'
import { packageName, packagePath } from './package-name.ts'
import { patchBuiltin } from './require-hook.ts'

interface Watch {
  /** Names of modules whose ES-module form is wrapped, so that its exports can be replaced. */
  readonly wrapped: ReadonlySet<string>
  /** Paths inside packages that are wrapped too, as in `pg/lib/client.js`. */
  readonly files: ReadonlySet<string>
  /** Is Waybill itself loading modules? */
  isBusy(): boolean
  announce(specifier: string): void
  apiFound(file: string): void
  quietly(work: () => void): void
}

export interface ImportHooks {
  /** What instrumentations take for import-in-the-middle's `Hook`; undefined where they take that itself. */
  readonly Hook?: HookClass
}

type Resolve = Parameters<ResolveHookSync>[2]
type Context = Parameters<ResolveHookSync>[1]
type Resolved = ReturnType<ResolveHookSync>

/**
 * Announce and wrap what ES modules import. A hook for resolving slows every `require` of the app down, so it
 * is set with the first `import`: Node tells of dynamic ones and of an entry that is an ES module by its
 * diagnostics channel, and an ES module that is required is compiled before its own imports are looked at.
 *
 * import-in-the-middle is read with the first import of a module that is wrapped. Only what an integration
 * patches is wrapped, the main file of a package and the files it names: all others keep their live bindings.
 */
export function openImports(watch: Watch): ImportHooks {
  const waiting: HookArguments[] = []
  const absolute = new Set<string>()
  let esm: ImportInTheMiddle | undefined

  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (watch.isBusy() || !isImport(context.conditions)) return next(specifier, context)
    // A wrapper's own imports.
    if (esm && specifier.includes('iitm=')) return esm.resolve(specifier, context, next)
    const result = next(specifier, context)
    const { url } = result
    const isFile = url.startsWith('file:')
    const name = (isFile || url.startsWith('node:') ? packageName(url) : undefined) ?? packageName(specifier)
    if (name !== undefined) watch.announce(name)
    if (isFile && specifier === '@opentelemetry/api') watch.quietly(() => watch.apiFound(fileURLToPath(url)))
    const traced = name !== undefined && watch.wrapped.has(name)
    if (!SYNC_LOAD_HOOKS) {
      if (traced && url.startsWith('node:')) watch.quietly(() => patchForImports(name))
      return result
    }
    if (!traced && (absolute.size === 0 || !isFile)) return result
    // Node keeps what `next` is given, also for us.
    const own = { ...context }
    const wanted = traced
      ? knownAs(name, specifier, url, own, next)
      : absolute.has(fileURLToPath(url))
        ? specifier
        : undefined
    if (wanted === undefined || isOnlyAsked()) return result
    esm ??= readQuietly()
    return esm.resolve(wanted, own, (other, of) =>
      other === wanted && of === own ? result : next(other, of),
    )
  }
  const readQuietly = (): ImportInTheMiddle => {
    let read = PASS_ON
    watch.quietly(() => {
      read = wrapper().readImportInTheMiddle()
      for (const args of waiting.splice(0)) new read.Hook(...args)
    })
    return read
  }
  /** By which name instrumentations know the module; undefined where none of them does. */
  const knownAs = (
    name: string,
    specifier: string,
    url: string,
    context: Context,
    next: Resolve,
  ): string | undefined => {
    const path = packagePath(url)
    // Node's own, and a package that is linked from elsewhere.
    if (path === undefined) return url.startsWith('node:') || specifier === name ? specifier : undefined
    if (specifier === name || mainOf(name, url, context, next) === url) return name
    return watch.files.has(path) ? specifier : undefined
  }

  // What was imported may be required too, and a `require` takes no wrapper.
  const load: LoadHookSync = (url, context, next) =>
    esm && !watch.isBusy() && isImport(context.conditions) ? esm.load(url, context, next) : next(url, context)

  let hooked = false
  const hook = (): void => {
    if (hooked) return
    hooked = true
    registerHooks(SYNC_LOAD_HOOKS ? { resolve, load } : { resolve })
  }
  subscribe('tracing:module.import:start', hook)
  // Code on the command line, from stdin or of a Worker is not announced.
  if (process.argv.length < 2 || process.argv[1] === '-' || '_eval' in process || isThread()) hook()
  if (SYNC_LOAD_HOOKS) {
    if (!hooked) onRequiredEsModule(watch, hook)
    const Hook = class {
      constructor(...args: HookArguments) {
        for (const module of args[0]) if (isAbsolute(module)) absolute.add(module)
        if (esm) new esm.Hook(...args)
        else waiting.push(args)
      }
    }
    return { Hook }
  }
  // An older Node takes no load hook that leaves the source of a CommonJS module to it: those of
  // import-in-the-middle run on a thread of their own, which must be there before the first import.
  hook()
  if (!isThread()) watch.quietly(() => wrapper().registerOnThread(watch.wrapped))
  return {}
}

/** Read when something is wrapped. */
export function wrapper(): typeof WrapperModule {
  return loadPart('integrations/import-in-the-middle') as typeof WrapperModule
}

/** Node's own modules need no wrapper: the bindings of their ES-module form can be set anew. */
function patchForImports(name: string): void {
  patchBuiltin(process.getBuiltinModule(name), name)
  syncBuiltinESMExports()
}

/** Calls `found` before the imports of the first ES module that is required: Node tells of it nowhere. */
function onRequiredEsModule(watch: Watch, found: () => void): void {
  const prototype = Module.prototype as unknown as { _compile: Compile }
  const original = prototype._compile
  const compile: Compile = function (source, file, format, ...rest) {
    if (!watch.isBusy() && isEsModule(source, file, format)) {
      if (prototype._compile === compile) prototype._compile = original
      found()
    }
    return original.call(this, source, file, format, ...rest)
  }
  prototype._compile = compile
}

type Compile = (this: unknown, source: unknown, file: string, format?: string, ...rest: unknown[]) => unknown

const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number)
const atLeast = (minimum: number, fix: number): boolean =>
  minor > minimum || (minor === minimum && patch >= fix)
/** https://github.com/nodejs/node/pull/59929 */
const SYNC_LOAD_HOOKS =
  major > 25 ||
  (major === 25 && atLeast(1, 0)) ||
  (major === 24 && atLeast(11, 1)) ||
  (major === 22 && atLeast(22, 3))

const PASS_ON: ImportInTheMiddle = {
  resolve: (specifier, context, next) => next(specifier, context),
  load: (url, context, next) => next(url, context),
  Hook: class {},
}

/** Node 22 hands the conditions over as a Set at first, later as an array. */
function isImport(conditions: readonly string[] | ReadonlySet<string>): boolean {
  return 'has' in conditions ? conditions.has('import') : conditions.includes('import')
}

/** Node looks into the app's own files where nothing says of which kind they are. */
function isEsModule(source: unknown, file: string, format: string | undefined): boolean {
  if (format) return format.startsWith('module')
  if (typeof source !== 'string' || packagePath(file) !== undefined) return false
  return /(?:^|[;}*/])\s*(?:import|export)\b/m.test(source)
}

const mains = new Map<string, string | undefined>()

/** The main file of the package `name` that `url` lies in. */
function mainOf(name: string, url: string, context: Context, next: Resolve): string | undefined {
  const folder = url.slice(0, url.lastIndexOf(`/node_modules/${name}`) + name.length + 15)
  if (!mains.has(folder)) {
    let main: Resolved | undefined
    try {
      main = next(name, { ...context, parentURL: `${folder}package.json` })
    } catch {
      // Its files are all there is.
    }
    mains.set(folder, main?.url)
  }
  return mains.get(folder)
}

/** `import.meta.resolve` only asks: it must hear the module's own address. Nothing but the stack tells. */
function isOnlyAsked(): boolean {
  const settings = Error as { prepareStackTrace?: unknown; stackTraceLimit: number }
  const { prepareStackTrace, stackTraceLimit } = settings
  try {
    settings.prepareStackTrace = undefined
    settings.stackTraceLimit = 20
    const { stack } = new Error('who asks?')
    settings.prepareStackTrace = prepareStackTrace
    settings.stackTraceLimit = stackTraceLimit
    return stack !== undefined && / at (?:Object\.)?resolve \(node:internal\/modules\/esm\//.test(stack)
  } catch {
    // Frozen: the wrapped address it is.
    return false
  }
}
