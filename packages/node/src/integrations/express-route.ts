/** The part of express's router that tells where a request went. */
export interface RoutedRequest {
  readonly baseUrl?: unknown
  readonly originalUrl?: unknown
  readonly route?: { readonly path?: unknown } | undefined
  readonly app?: App
}

interface App {
  readonly router?: unknown
  readonly _router?: unknown
  /** Of an app that is mounted in another one. */
  readonly parent?: App
  readonly mountpath?: unknown
}

interface Layer {
  readonly handle?: { readonly stack?: readonly Layer[] }
  readonly route?: unknown
}

interface Mounts {
  /** Layer → the path it was mounted under. Layers live as long as their app. */
  readonly paths: WeakMap<object, string>
  /** Is any of them a pattern? */
  patterns: boolean
}

/** Written where express is watched, read where the server's span ends. */
export const mounts: Mounts = { paths: new WeakMap(), patterns: false }

/**
 * The route of a request as the app wrote it, e.g. `/users/:id/orders`, read when the response ends; undefined
 * where no route took it.
 */
export function expressRoute(request: RoutedRequest): string | undefined {
  const path = request.route?.path
  // An array of paths or a regular expression: express does not tell which one matched.
  if (path === undefined || path === null) return undefined
  const own = typeof path === 'string' ? path : String(path as RegExp | string[])
  const base = typeof request.baseUrl === 'string' ? request.baseUrl : ''
  if (base === '' && request.app) return joinRoute(leftBase(request.app, request), own)
  const prefix =
    (mounts.patterns && base !== '' && request.app ? baseOf(request.app, segments(base)) : undefined) ?? base
  return joinRoute(prefix, own)
}

function joinRoute(prefix: string, own: string): string {
  return prefix === '' ? own : own === '/' ? prefix : prefix + own
}

/**
 * Where the route is mounted, when `baseUrl` does not tell it any more: express takes it back as soon as an
 * error, or a handler that does not answer, leaves the router.
 */
function leftBase(app: App, { route, originalUrl }: RoutedRequest): string {
  if (route === undefined || ofApp.has(route)) return ''
  const stack = stackOf(app)
  if (stack.some((layer) => layer.route === route)) {
    ofApp.add(route)
    return ''
  }
  const path = typeof originalUrl === 'string' ? segments(originalUrl.split('?', 1)[0]!) : []
  return mountOf(stack, path, route) ?? ''
}

/** Routes that are known to stand directly in their app. */
const ofApp = new WeakSet<object>()

/** The patterns that together make the path a request had taken when it came to its last router. */
function baseOf(app: App, path: readonly string[]): string | undefined {
  const mount: string[] = []
  for (let inner: App | undefined = app; inner?.parent; inner = inner.parent) {
    if (typeof inner.mountpath !== 'string') return undefined
    mount.unshift(...segments(inner.mountpath))
  }
  const rest = path.slice(mount.length)
  const below = rest.length === 0 ? '' : mountOf(stackOf(app), rest)
  return below === undefined ? undefined : joined(mount) + below
}

/**
 * The patterns under which routers are mounted that together make `path`, or the begin of it up to the router
 * of `route`; undefined where none does.
 */
function mountOf(stack: readonly Layer[], path: readonly string[], route?: object): string | undefined {
  for (const layer of stack) {
    const inner = layer.handle?.stack
    if (!inner) continue
    const mount = segments(mounts.paths.get(layer) ?? '')
    if (!mount.every((segment, index) => matches(segment, path[index]))) continue
    const rest = path.slice(mount.length)
    const arrived = route ? inner.some((one) => one.route === route) : rest.length === 0
    const below = arrived ? '' : mountOf(inner, rest, route)
    if (below !== undefined) return joined(mount) + below
  }
  return undefined
}

function matches(pattern: string, segment: string | undefined): boolean {
  return segment !== undefined && (pattern === segment || pattern.startsWith(':'))
}

function stackOf(app: App): readonly Layer[] {
  // express 4 keeps its router under a private name; there `app.router` throws.
  const router = app._router ?? app.router
  return (router as Layer['handle'])?.stack ?? []
}

function joined(path: readonly string[]): string {
  return path.map((segment) => `/${segment}`).join('')
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}
