import type { LibraryPatch } from './library-patch.ts'
import { routes } from './routes.ts'

interface HapiRequest {
  readonly raw: { readonly req: object }
  readonly route?: { readonly path?: unknown }
  /** `_special` for hapi's own, such as the one that answers "not found". */
  readonly _route?: { readonly _special?: boolean }
}
type Generate = (this: unknown, ...args: unknown[]) => HapiRequest

/**
 * The route names the server's span, and that is all: no spans for handlers, extensions and plugins, none is
 * wrapped. hapi's request, which has the route, is found again by Node's.
 */
export const hapi: LibraryPatch = {
  name: 'hapi',
  module: '@hapi/hapi',
  file: 'lib/request.js',
  versions: '>=18 <22',
  patch(Request: { generate?: Generate }) {
    if (typeof Request.generate === 'function') remember(Request as { generate: Generate })
    return Request
  },
}

const requests = new WeakMap<object, HapiRequest>()

function remember(Request: { generate: Generate }): void {
  const original = Request.generate
  Request.generate = function generate(...args) {
    const request = original.apply(this, args)
    requests.set(request.raw.req, request)
    return request
  }
  routes.add(hapiRoute)
}

function hapiRoute(of: object): string | undefined {
  const request = requests.get(of)
  const path = request?.route?.path
  return typeof path === 'string' && !request?._route?._special ? path : undefined
}
