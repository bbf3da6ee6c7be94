import { isBuiltin } from 'node:module'
import { types } from 'node:util'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { report } from '@waybill/core'
import { NamespaceView } from './namespace-view.ts'
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
          // An ES module that was required.
          const view = types.isModuleNamespaceObject(exports)
            ? new NamespaceView(exports as object)
            : undefined
          const patchable = view?.exports ?? exports
          const apply = (): unknown => patch.call(this, patchable, version)
          // Node's own modules are patched at the root.
          const result = isBuiltin(definition.name) ? apply() : patchDefaultToo(patchable, apply)
          return view && !view.changed && result === patchable ? exports : result
        } catch (error) {
          const message = `the instrumentation ${name} cannot patch its library: ${(error as Error).message}. It is not traced.`
          report('WAYBILL_INTEGRATION_FAILED', message, name)
          return exports
        }
      }
    }
    definition.files?.forEach(guarded)
  }
  for (const part of partsOf(instrumentation)) {
    // What InstrumentationBase holds of its `init()`: read at each loading of a module.
    ;(part._modules as readonly Patching[]).forEach(guarded)
    keepShapes(part as Wrapping)
  }
}

type AnyFunction = (...args: unknown[]) => unknown
type Wrapper = (original: unknown, name: string) => unknown

interface Wrapping {
  _wrap?: (exports: object, name: string, wrapper: Wrapper) => unknown
}

/** Functions that are wrapped keep the name and the length that the app may look at. */
function keepShapes(part: Wrapping): void {
  const wrap = part._wrap
  if (!wrap) return
  part._wrap = (exports, name, wrapper) =>
    wrap(exports, name, (original, key) => shapedLike(wrapper(original, key), original))
}

function shapedLike(wrapped: unknown, original: unknown): unknown {
  if (typeof wrapped !== 'function' || typeof original !== 'function') return wrapped
  const { name, length } = original as AnyFunction
  return Object.defineProperties(wrapped, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  })
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
