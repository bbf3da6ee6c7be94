import { context, type Context } from '@opentelemetry/api'
import { encodePayload } from './payload.ts'

/** The part of a `pg` Client, PoolClient or Pool that is used. */
export interface QueryClient {
  query(text: string, values: unknown[]): Promise<unknown>
}

/**
 * `SELECT pg_notify(channel, event)` with the active context in the payload.
 *
 * @param event JSON; a context can go only with an object
 * @throws what the query throws, e.g. where the event is over PostgreSQL's 7999 bytes (as a rejection)
 */
export async function notify(client: QueryClient, channel: string, event: unknown): Promise<void> {
  await client.query('SELECT pg_notify($1, $2)', [channel, encodePayload(event, context.active(), channel)])
}

export interface Notification {
  event: unknown
  /** @default the active one */
  context?: Context
}

/** Many events in one query, each with its own context. Throws as `notify` does; then none is sent. */
export async function notifyAll(
  client: QueryClient,
  channel: string,
  notifications: readonly Notification[],
): Promise<void> {
  if (notifications.length === 0) return
  const active = context.active()
  const payloads = notifications.map(({ event, context: own = active }) => encodePayload(event, own, channel))
  await client.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [channel, payloads])
}
