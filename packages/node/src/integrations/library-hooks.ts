/**
 * @param exports what `require` gives, or the namespace of an `import`
 * @param name `express`, `@hapi/hapi/lib/request.js`
 * @param folder of the package; none where it is not known
 * @returns what the app gets
 */
export type OnLoaded = (exports: unknown, name: string, folder?: string) => unknown

/** Have `onLoaded` called for what the app loads of the package `module` from now on. */
export type HookLibrary = (module: string, onLoaded: OnLoaded) => void

const HOOK = Symbol.for('waybill.hook-library')
const shared = globalThis as { [HOOK]?: HookLibrary }

/** Where the hooks are installed is another file of the published form than where libraries are patched. */
export function shareHooks(hook: HookLibrary): void {
  shared[HOOK] = hook
}

export const hookLibrary: HookLibrary = (module, onLoaded) => shared[HOOK]?.(module, onLoaded)
