import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const GLOBAL = Symbol.for('opentelemetry.js.api.1')
const globals = globalThis as { [GLOBAL]?: { readonly version: string } }
const seen = new Set<string>()

/**
 * The app loads a copy of `@opentelemetry/api`, in `file`. A copy that is newer than ours takes no global that
 * says it is older: its spans would be dropped without a word. Within 1.x all it asks of a provider is what
 * ours has, so the global then says that it is as new as that copy.
 */
export function serveApiCopy(file: string): void {
  const api = globals[GLOBAL]
  if (!api || seen.has(file)) return
  seen.add(file)
  const version = versionOf(file)
  if (version === undefined || !version.startsWith('1.') || minor(version) <= minor(api.version)) return
  // `version` itself can be neither written nor redefined.
  globals[GLOBAL] = { ...api, version }
}

function versionOf(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string
        version?: string
      }
      if (manifest.name === '@opentelemetry/api') return manifest.version
    } catch {
      // No package.json here: one further up.
    }
  }
  return undefined
}

function minor(version: string): number {
  return Number(version.split('.')[1])
}
