import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { report } from '@waybill/core/report'

/** What instrumentations do with a message of these channels. */
export interface FirstListener {
  onRequestCreated?(message: unknown): void
  onServerRequest?(message: unknown): void
  onClientRequest?(message: unknown): void
}

/** The module whose integrations hear of it, the channel, and how they take its message. */
const FIRST: readonly (readonly [module: string, channel: string, take: keyof FirstListener])[] = [
  ['undici', 'undici:request:create', 'onRequestCreated'],
  ['http', 'http.server.request.start', 'onServerRequest'],
  ['http', 'http.client.request.created', 'onClientRequest'],
]

/**
 * Global `fetch` loads no module that a hook could see, nor does an app that has `http` by
 * `process.getBuiltinModule`: the first request brings the integrations in.
 *
 * @param activate starts the integrations of a module; returns those that were not active before. Their own
 *   subscriptions are too late for the message that brought them in, so that one is handed to them here.
 */
export function onFirstRequest(activate: (module: string) => readonly FirstListener[]): void {
  for (const [module, channel, take] of FIRST) {
    const listener = (message: unknown): void => {
      unsubscribe(channel, listener)
      try {
        for (const one of activate(module)) one[take]?.(message)
      } catch (error) {
        report('WAYBILL_INTERNAL', `the first request is not traced: ${(error as Error).message}.`)
      }
    }
    subscribe(channel, listener)
  }
}
