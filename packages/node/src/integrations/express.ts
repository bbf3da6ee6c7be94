import { expressRoute, mounts } from './express-route.ts'
import type { LibraryPatch } from './library-patch.ts'
import { routes } from './routes.ts'

type Use = (this: { stack?: object[] }, ...args: unknown[]) => unknown

interface ExpressExports {
  /** Imported by an ES module. */
  readonly default?: ExpressExports
  readonly Router?: { use?: Use; prototype?: { use?: Use } }
}

/**
 * The route names the server's span, and that is all: no spans for middleware, no handler is wrapped, and
 * express reads and validates every argument first. Only `use` is watched, for paths that are patterns.
 */
export const express: LibraryPatch = {
  name: 'express',
  module: 'express',
  versions: '>=4 <6',
  patch(exports: ExpressExports) {
    const { Router } = exports.default ?? exports
    // express 4: Router is the prototype itself; express 5: a constructor.
    const owner = Router?.prototype?.use ? Router.prototype : Router
    if (typeof owner?.use === 'function') watchUse(owner as { use: Use })
    routes.add(expressRoute)
    return exports
  },
}

function watchUse(owner: { use: Use }): void {
  const original = owner.use
  if (watched.has(original)) return
  const use: Use = function use(...args) {
    const before = this.stack?.length ?? 0
    const result = original.apply(this, args)
    const [path] = args
    if (typeof path === 'string') {
      if (/[:*?+({]/.test(path)) mounts.patterns = true
      for (const layer of this.stack?.slice(before) ?? []) mounts.paths.set(layer, path)
    }
    return result
  }
  Object.defineProperty(use, 'length', { value: original.length, configurable: true })
  Object.defineProperty(use, 'name', { value: original.name, configurable: true })
  watched.add(use)
  owner.use = use
}

const watched = new WeakSet<Use>()
