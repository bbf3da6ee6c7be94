import { context, type Span } from '@opentelemetry/api'
import { getRPCMetadata } from '@opentelemetry/core'
import { routeOf, routes } from './routes.ts'

/**
 * For upstream's HTTP instrumentation, as its `requestHook`: the route of a server's span is looked up when the
 * response ends, where the framework left it. Nothing of the app is touched for it.
 */
export function nameByRoute(_span: Span, request: object): void {
  // Requests that go out come here too.
  if (routes.size === 0 || 'setHeader' in request) return
  const metadata = getRPCMetadata(context.active())
  if (!metadata) return
  let told: string | undefined
  Object.defineProperty(metadata, 'route', {
    configurable: true,
    enumerable: true,
    // Frameworks that tell their route themselves set it.
    set(route: string | undefined) {
      told = route
    },
    get: () => told ?? routeOf(request),
  })
}
