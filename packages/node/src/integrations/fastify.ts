import { subscribe } from 'node:diagnostics_channel'
import { guard } from '@waybill/core'
import { keepStatus, restoreStatus, type HandlerMessage } from './fastify-status.ts'
import { routes } from './routes.ts'

/**
 * The route names the server's span. fastify tells it on a diagnostics channel of its own, so nothing of
 * it is patched. https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
 */
export function listenForFastifyRoutes(): void {
  if (routes.has(fastifyRoute)) return
  routes.add(fastifyRoute)
  listen('start', onHandler)
  listen('error', restoreStatus)
}

function listen(event: string, on: (message: HandlerMessage) => void): void {
  subscribe(`tracing:fastify.request.handler:${event}`, (message) =>
    guard(`fastify ${event}`, () => on(message as HandlerMessage), undefined),
  )
}

function onHandler(message: HandlerMessage): void {
  taken.set(message.request.raw, message.route.url)
  keepStatus(message)
}

/** Request → the route whose handler took it. */
const taken = new WeakMap<object, unknown>()

function fastifyRoute(request: object): string | undefined {
  const route = taken.get(request)
  return typeof route === 'string' ? route : undefined
}
