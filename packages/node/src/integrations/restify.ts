import { routes } from './routes.ts'

interface RestifyRequest {
  readonly getRoute?: () => { readonly path?: unknown } | undefined
}

/** restify leaves the route on the request; nothing of it is patched. */
export function listenForRestifyRoutes(): void {
  routes.add(restifyRoute)
}

/** The path of the route that took the request, as it was given to `server.get()` and the like. */
export function restifyRoute(request: RestifyRequest): string | undefined {
  if (typeof request.getRoute !== 'function') return undefined
  const path = request.getRoute()?.path
  return path === undefined ? undefined : String(path as string | RegExp)
}
