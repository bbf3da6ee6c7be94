import type { LibraryPatch } from './library-patch.ts'
import { routes } from './routes.ts'

interface Context {
  /** Written by `@koa/router` and `koa-router`. */
  readonly _matchedRoute?: unknown
}
type CreateContext = (this: unknown, request: object, ...rest: unknown[]) => Context

interface KoaExports {
  /** Imported by an ES module. */
  readonly default?: KoaExports
  readonly prototype?: { createContext?: CreateContext }
}

/**
 * The route names the server's span, and that is all: no spans for middleware, none is wrapped. The router
 * writes the route on koa's context, which is found again by the request.
 */
export const koa: LibraryPatch = {
  name: 'koa',
  module: 'koa',
  versions: '>=2 <4',
  patch(exports: KoaExports) {
    const { prototype } = exports.default ?? exports
    if (typeof prototype?.createContext === 'function') remember(prototype)
    routes.add(koaRoute)
    return exports
  },
}

const contexts = new WeakMap<object, Context>()

function remember(prototype: { createContext?: CreateContext }): void {
  const original = prototype.createContext!
  if (remembering.has(original)) return
  // A method, as koa's own is: without a `prototype`.
  const own: { createContext: CreateContext } = {
    createContext(request, ...rest) {
      const context = original.call(this, request, ...rest)
      // Tests of an app hand in what they like.
      if (typeof request === 'object' && request !== null) contexts.set(request, context)
      return context
    },
  }
  const createContext = Reflect.get(own, 'createContext') as CreateContext
  Object.defineProperty(createContext, 'length', { value: original.length, configurable: true })
  remembering.add(createContext)
  prototype.createContext = createContext
}

const remembering = new WeakSet<CreateContext>()

function koaRoute(request: object): string | undefined {
  const route = contexts.get(request)?._matchedRoute
  return route === undefined || route === null ? undefined : String(route as string | RegExp)
}
