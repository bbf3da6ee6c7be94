import { reportInternal } from '@waybill/core'

/** Tells the route of a request that has been answered, as the app wrote it; undefined where it took none. */
export type RouteOf = (request: object) => string | undefined

const ROUTES = Symbol.for('waybill.routes')
const shared = globalThis as { [ROUTES]?: Set<RouteOf> }

/**
 * Each web framework that is loaded adds its own. Asked when the server's span ends, so nothing of the app is
 * wrapped for it. Shared by several files of the published form.
 */
export const routes: Set<RouteOf> = (shared[ROUTES] ??= new Set())

/** What the first of them knows of a request. */
export function routeOf(request: object): string | undefined {
  try {
    for (const of of routes) {
      const route = of(request)
      if (route !== undefined) return route
    }
  } catch (error) {
    reportInternal('route of a request', error)
  }
  return undefined
}
