import { subscribe } from 'node:diagnostics_channel'
import { context, trace } from '@opentelemetry/api'
import { getRPCMetadata, RPCType } from '@opentelemetry/core'
import { guard } from '@waybill/core'

/**
 * The route names the server's span. fastify tells it on a diagnostics channel of its own, so nothing of
 * it is patched. https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
 */
export function listenForFastifyRoutes(): void {
  if (listening) return
  listening = true
  subscribe('tracing:fastify.request.handler:start', (message) =>
    guard('fastify route', () => onHandler(message), undefined),
  )
}

let listening = false

function onHandler(message: unknown): void {
  const route = (message as { route?: { url?: unknown } }).route?.url
  if (typeof route !== 'string') return
  const metadata = getRPCMetadata(context.active())
  // The HTTP instrumentation reads the route from there when the response ends.
  if (metadata?.type === RPCType.HTTP) metadata.route = route
  else trace.getActiveSpan()?.setAttribute('http.route', route)
}
