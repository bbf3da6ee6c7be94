import { context } from '@opentelemetry/api'
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation'
import { VERSION } from '../version.ts'

type AnyFunction = (...args: unknown[]) => unknown

/**
 * lru-memoizer calls everyone who waits for a value from the context of the first: each callback goes back to
 * its own. No spans. What it returns keeps all it carries (`del`, `reset`, `keys`, `on`).
 */
export class LruMemoizerInstrumentation extends InstrumentationBase {
  constructor(config = {}) {
    super('@waybill/node/lru-memoizer', VERSION, config)
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition(
      'lru-memoizer',
      ['>=1.3 <4'],
      (exports: AnyFunction | { default: AnyFunction }) => {
        if (typeof exports === 'function') return bindingCallbacks(exports)
        // Imported by an ES module.
        exports.default = bindingCallbacks(exports.default)
        return exports
      },
    )
  }
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
