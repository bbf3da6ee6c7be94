/** The part of express's (and connect's) router that tells where a request went. */
export interface RoutedRequest {
  readonly baseUrl?: unknown
  readonly route?: { readonly path?: unknown } | undefined
  readonly app?: { readonly router?: unknown; readonly _router?: unknown }
}

interface Layer {
  readonly handle?: { readonly stack?: readonly Layer[] }
}

/**
 * The route of a request as the app wrote it, e.g. `/users/:id/orders`, read when the response ends; undefined
 * where no route took it.
 *
 * @param mounts layer → the path it was mounted under, for mounts whose path is a pattern
 */
export function expressRoute(
  request: RoutedRequest,
  mounts: WeakMap<object, string>,
  patterns: boolean,
): string | undefined {
  const path = request.route?.path
  // An array of paths or a regular expression: express does not tell which one matched.
  if (path === undefined || path === null) return undefined
  const own = typeof path === 'string' ? path : String(path)
  const base = typeof request.baseUrl === 'string' ? request.baseUrl : ''
  const stack = patterns && base !== '' ? stackOf(request.app) : undefined
  const prefix = (stack && mountOf(stack, segments(base), mounts)) ?? base
  return prefix === '' ? own : own === '/' ? prefix : prefix + own
}

/** The patterns under which routers are mounted that together make `path`; undefined where none does. */
function mountOf(
  stack: readonly Layer[],
  path: readonly string[],
  mounts: WeakMap<object, string>,
): string | undefined {
  for (const layer of stack) {
    const inner = layer.handle?.stack
    if (!inner) continue
    const mount = segments(mounts.get(layer) ?? '')
    if (
      !mount.every(
        (segment, index) => segment === path[index] || (segment.startsWith(':') && path[index] !== undefined),
      )
    ) {
      continue
    }
    const rest = path.slice(mount.length)
    const below = rest.length === 0 ? '' : mountOf(inner, rest, mounts)
    if (below !== undefined) return mount.map((segment) => `/${segment}`).join('') + below
  }
  return undefined
}

function stackOf(app: RoutedRequest['app']): readonly Layer[] | undefined {
  // express 4 keeps its router under a private name; there `app.router` throws.
  const router = app?._router ?? app?.router
  return (router as Layer['handle'])?.stack
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}
