import { createRequire, register, type LoadHookSync, type ResolveHookSync } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.filename)

export type HookArguments = [modules: string[], options: object, onImport: (...args: unknown[]) => void]
export type HookClass = new (...args: HookArguments) => object

/** The part of import-in-the-middle that runs on the app's thread. */
export interface ImportInTheMiddle {
  readonly resolve: ResolveHookSync
  readonly load: LoadHookSync
  readonly Hook: HookClass
}

/** Wraps whatever it is asked to resolve. Reads some 200 kB, so it waits for the first module that is wrapped. */
export function readImportInTheMiddle(): ImportInTheMiddle {
  const creator = require('import-in-the-middle/create-hook.mjs') as Creator
  const hook = creator.createHook({ url: pathToFileURL(require.resolve(FILE)).href })
  hook.applyOptions({ shouldInclude: () => true })
  return { resolve: hook.resolveSync, load: hook.loadSync, Hook: readHook() }
}

export function readHook(): HookClass {
  // By its file: its name is answered with a class of ours.
  return require(require.resolve('import-in-the-middle')) as HookClass
}

/** For a Node that takes no load hook of this kind on the app's own thread. */
export function registerOnThread(wrapped: ReadonlySet<string>): void {
  const names = [...wrapped].flatMap((name) => [name, `node:${name}`])
  register(pathToFileURL(require.resolve(FILE)).href, { data: { include: [...names, ...lambdaFiles()] } })
}

const FILE = 'import-in-the-middle/hook.mjs'

interface Creator {
  createHook(meta: { url: string }): {
    resolveSync: ResolveHookSync
    loadSync: LoadHookSync
    applyOptions(options: { shouldInclude(url: string, specifier: string): boolean }): void
  }
}

/** Where the handler of AWS Lambda may be, as URLs: its kind of file is not named. */
function lambdaFiles(): string[] {
  const { LAMBDA_TASK_ROOT: root, _HANDLER: handler } = process.env
  if (!root || !handler) return []
  const file = join(root, handler.slice(0, handler.lastIndexOf('.')))
  return ['.js', '.mjs', '.cjs'].map((extension) => pathToFileURL(file + extension).href)
}
