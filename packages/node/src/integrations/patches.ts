import { isBuiltin } from 'node:module'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { report } from '@waybill/core'
import { partsOf } from './versions.ts'

interface Patching {
  readonly name: string
  patch?: (exports: unknown, version?: string) => unknown
  readonly files?: readonly Patching[]
}
type Exports = Record<string, unknown>

/** What a patch throws (the library is not of the kind it knows) never comes out of the app's `require`. */
export function guardPatches(name: string, instrumentation: Instrumentation): void {
  const guarded = (definition: Patching): void => {
    const { patch } = definition
    if (patch) {
      definition.patch = function (exports, version) {
        try {
          const apply = (): unknown => patch.call(this, exports, version)
          // Node's own modules are patched at the root.
          return isBuiltin(definition.name) ? apply() : patchDefaultToo(exports, apply)
        } catch (error) {
          const message = `the instrumentation ${name} cannot patch its library: ${(error as Error).message}. It is not traced.`
          report('WAYBILL_INTEGRATION_FAILED', message, name)
          return exports
        }
      }
    }
    definition.files?.forEach(guarded)
  }
  // What InstrumentationBase holds of its `init()`: read at each loading of a module.
  for (const { _modules } of partsOf(instrumentation)) (_modules as readonly Patching[]).forEach(guarded)
}

/**
 * `import mysql from 'mysql'` takes the default export, which is all of a CommonJS module, where many patches
 * replace the functions that `import { createConnection }` takes: what was replaced there is replaced here.
 */
function patchDefaultToo(exports: unknown, patch: () => unknown): unknown {
  const whole = isNamespace(exports) ? exports['default'] : undefined
  if (typeof whole !== 'object' || whole === null) return patch()
  const before = { ...(exports as Exports) }
  const result = patch()
  for (const [name, original] of Object.entries(before)) {
    const replaced = (exports as Exports)[name]
    if (name === 'default' || replaced === original || (whole as Exports)[name] !== original) continue
    // One that cannot be replaced stays.
    Reflect.set(whole, name, replaced)
  }
  return result
}

function isNamespace(exports: unknown): exports is Exports {
  return (exports as { [Symbol.toStringTag]?: unknown } | null)?.[Symbol.toStringTag] === 'Module'
}
