import { routes } from './routes.ts'

/** What connect, while it is in a layer, has made of the request. */
interface MountedRequest {
  /** Without the path that the layer is mounted under. */
  readonly url?: unknown
  readonly originalUrl?: unknown
}

/** connect knows no routes, only paths that handlers are mounted under: the one that answered names the span. */
export function listenForConnectMounts(): void {
  routes.add(connectRoute)
}

/** The path under which the handler that answered is mounted; undefined for one that is mounted nowhere. */
export function connectRoute(request: MountedRequest): string | undefined {
  const { url, originalUrl } = request
  // express, which has the same two, has an app on its requests.
  if (typeof url !== 'string' || typeof originalUrl !== 'string' || 'app' in request) return undefined
  const whole = pathOf(originalUrl)
  const rest = pathOf(url)
  if (whole.endsWith(rest)) return whole.slice(0, whole.length - rest.length).toLowerCase() || undefined
  // All of the path was the mount: connect leaves a slash.
  return rest === '/' ? whole.toLowerCase() : undefined
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}
