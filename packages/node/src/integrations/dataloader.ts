import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation'
import { guard } from '@waybill/core'
import { VERSION } from '../version.ts'

type BatchLoad = (this: unknown, keys: readonly unknown[], ...rest: unknown[]) => unknown

interface Loader {
  readonly name?: string | null
  _batchLoadFn?: BatchLoad
}
interface LoaderClass {
  readonly default?: LoaderClass
  readonly prototype: { load: (this: Loader, ...args: unknown[]) => unknown }
}

/** One span for each batch that is loaded; none for each key, and the class stays the library's own. */
export class DataloaderInstrumentation extends InstrumentationBase {
  readonly #seen = new WeakSet<Loader>()

  constructor(config = {}) {
    super('@waybill/node/dataloader', VERSION, config)
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('dataloader', ['>=2 <3'], (exports: LoaderClass) => {
      const { prototype } = exports.default ?? exports
      const watch = (loader: Loader): void => this.#watch(loader)
      this._wrap(
        prototype,
        'load',
        (original) =>
          function load(this: Loader, key: unknown, ...rest: unknown[]) {
            guard('dataloader', () => watch(this), undefined)
            return original.call(this, key, ...rest)
          },
      )
      return exports
    })
  }

  #watch(loader: Loader): void {
    if (this.#seen.has(loader)) return
    this.#seen.add(loader)
    const original = loader._batchLoadFn
    if (typeof original !== 'function') return
    const { tracer } = this
    const name = typeof loader.name === 'string' ? `dataloader.batch ${loader.name}` : 'dataloader.batch'
    loader._batchLoadFn = function (keys, ...rest) {
      const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL })
      const fail = (error: unknown): void => {
        span.setStatus({ code: SpanStatusCode.ERROR, message: String((error as Error)?.message ?? error) })
        span.end()
      }
      try {
        const result = context.with(trace.setSpan(context.active(), span), () =>
          original.call(this, keys, ...rest),
        )
        if (result instanceof Promise) result.then(() => span.end(), fail)
        else span.end()
        return result
      } catch (error) {
        fail(error)
        throw error
      }
    }
  }
}
