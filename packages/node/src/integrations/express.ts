import { context } from '@opentelemetry/api'
import { getRPCMetadata } from '@opentelemetry/core'
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation'
import { guard } from '@waybill/core'
import { VERSION } from '../version.ts'
import { expressRoute, type RoutedRequest } from './express-route.ts'

type Use = (this: { stack?: object[] }, ...args: unknown[]) => unknown

interface ExpressExports {
  readonly Router?: { use?: Use; prototype?: { use?: Use } }
}

// Layer → the path it was mounted under. Layers live as long as their app.
const mounts = new WeakMap<object, string>()
let patterns = false

/**
 * The route names the server's span, and that is all: no spans for middleware, no handler is wrapped, and
 * express reads and validates every argument first. Only `use` is watched, for paths that are patterns.
 */
export class ExpressInstrumentation extends InstrumentationBase {
  constructor(config = {}) {
    super('@waybill/node/express', VERSION, config)
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('express', ['>=4 <6'], (exports: ExpressExports) => {
      // express 4: Router is the prototype itself; express 5: a constructor.
      const owner = exports.Router?.prototype?.use ? exports.Router.prototype : exports.Router
      if (typeof owner?.use === 'function') watchUse(owner as { use: Use })
      return exports
    })
  }
}

/** For the HTTP instrumentation's `requestHook`: the span's route is looked up when the response ends. */
export function nameByRoute(request: object): void {
  const metadata = getRPCMetadata(context.active())
  if (!metadata) return
  let told: string | undefined
  Object.defineProperty(metadata, 'route', {
    configurable: true,
    enumerable: true,
    // Frameworks that tell their route themselves set it.
    set: (route: string | undefined) => (told = route),
    get: () =>
      told ??
      guard('express route', () => expressRoute(request as RoutedRequest, mounts, patterns), undefined),
  })
}

function watchUse(owner: { use: Use }): void {
  const original = owner.use
  if (watched.has(original)) return
  const use: Use = function use(...args) {
    const before = this.stack?.length ?? 0
    const result = original.apply(this, args)
    const [path] = args
    if (typeof path === 'string') {
      if (/[:*?+({]/.test(path)) patterns = true
      for (const layer of this.stack?.slice(before) ?? []) mounts.set(layer, path)
    }
    return result
  }
  Object.defineProperty(use, 'length', { value: original.length, configurable: true })
  Object.defineProperty(use, 'name', { value: original.name, configurable: true })
  watched.add(use)
  owner.use = use
}

const watched = new WeakSet<Use>()
