import { subscribe } from 'node:diagnostics_channel'

const REQUEST_CREATED = 'undici:request:create'

/** What upstream's instrumentation does with a message of that channel. */
export interface FetchListener {
  onRequestCreated?(message: unknown): void
}

/**
 * Global `fetch` loads no module that a hook could see: its first request brings the integration in.
 *
 * @param activate starts the integration; returns it when it was not active before. Its own subscription is
 *   too late for the message that brought it in, so that one is handed to it here.
 */
export function onFirstFetch(activate: () => FetchListener | undefined): void {
  let first = true
  subscribe(REQUEST_CREATED, (message) => {
    if (!first) return
    first = false
    activate()?.onRequestCreated?.(message)
  })
}
