import { context } from '@opentelemetry/api'
import type { LibraryPatch } from './library-patch.ts'

type AnyFunction = (...args: unknown[]) => unknown

/**
 * lru-memoizer calls everyone who waits for a value from the context of the first: each callback goes back to
 * its own. No spans. What it returns keeps all it carries (`del`, `reset`, `keys`, `on`).
 */
export const lruMemoizer: LibraryPatch = {
  name: 'lru-memoizer',
  module: 'lru-memoizer',
  versions: '>=1.3 <4',
  patch(exports: AnyFunction | { default: AnyFunction }) {
    if (typeof exports === 'function') return bindingCallbacks(exports)
    // Imported by an ES module.
    exports.default = bindingCallbacks(exports.default)
    return exports
  },
}

function bindingCallbacks(memoizer: AnyFunction): AnyFunction {
  return new Proxy(memoizer, {
    apply(target, self, args) {
      const memoized = Reflect.apply(target, self, args)
      return typeof memoized === 'function' ? bindingCallback(memoized as AnyFunction) : memoized
    },
  })
}

function bindingCallback(memoized: AnyFunction): AnyFunction {
  return new Proxy(memoized, {
    apply(target, self, args: unknown[]) {
      const callback = args.at(-1)
      const bound =
        typeof callback === 'function'
          ? [...args.slice(0, -1), context.bind(context.active(), callback)]
          : args
      return Reflect.apply(target, self, bound)
    },
  })
}
