import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { guard } from '@waybill/core'
import type { LibraryPatch, Telemetry } from './library-patch.ts'

type BatchLoad = (this: unknown, keys: readonly unknown[], ...rest: unknown[]) => unknown

interface Loader {
  readonly name?: string | null
  _batchLoadFn?: BatchLoad
}
interface LoaderClass {
  readonly default?: LoaderClass
  readonly prototype: { load: Load }
}
type Load = (this: Loader, ...args: unknown[]) => unknown

/** One span for each batch that is loaded; none for each key, and the class stays the library's own. */
export const dataloader: LibraryPatch = {
  name: 'dataloader',
  module: 'dataloader',
  versions: '>=2 <3',
  patch(exports: LoaderClass, telemetry) {
    watchLoads((exports.default ?? exports).prototype, telemetry)
    return exports
  },
}

function watchLoads(prototype: { load: Load }, telemetry: Telemetry): void {
  const original = prototype.load
  if (watched.has(original)) return
  const load: Load = function load(...args) {
    guard('dataloader', () => watchBatches(this, telemetry), undefined)
    return original.apply(this, args)
  }
  Object.defineProperty(load, 'length', { value: original.length, configurable: true })
  watched.add(load)
  prototype.load = load
}

const watched = new WeakSet<Load>()

function watchBatches(loader: Loader, telemetry: Telemetry): void {
  if (seen.has(loader)) return
  seen.add(loader)
  const original = loader._batchLoadFn
  if (typeof original !== 'function') return
  const name = typeof loader.name === 'string' ? `dataloader.batch ${loader.name}` : 'dataloader.batch'
  loader._batchLoadFn = function (keys, ...rest) {
    const span = telemetry.tracer.startSpan(name, { kind: SpanKind.INTERNAL })
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

const seen = new WeakSet<Loader>()
