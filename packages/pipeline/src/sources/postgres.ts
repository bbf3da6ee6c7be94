import { context, type Context } from '@opentelemetry/api'
import { report, WaybillError } from '@waybill/core'
import { callBack, tellOf, type OnError } from '../failures.ts'
import { withoutTracing } from '../suppress.ts'
import {
  keepListening,
  quoteChannel,
  type Connection,
  type ListenClient,
  type NotificationMessage,
} from './connection.ts'
import { decodePayload } from './payload.ts'
import { work } from './work.ts'

export type { ListenClient } from './connection.ts'

interface CommonOptions<E> {
  /** The channel of `LISTEN`, exactly as `pg_notify` is given it. */
  channel: string
  /** Takes one event; `context`, which is active, is what it came with. */
  onEvent: (event: E, context: Context) => unknown
  /** Told of what `onEvent` throws, and of events that find too many before them. @default one line on stderr */
  onError?: OnError<E>
  /** The connection was lost and is there again: the place to look for what was missed. */
  onReconnect?: () => unknown
  /** How many events may be in hand at a time. @default 1 */
  concurrency?: number
}

/** Either a server to connect to, and to connect to again, or a connected `pg` Client that stays the caller's. */
export type ListenOptions<E> = CommonOptions<E> &
  ({ connectionString: string; client?: undefined } | { client: ListenClient; connectionString?: undefined })

export interface Listener {
  /** Stop listening; settles when the events that have arrived are done. */
  close(): Promise<void>
}

/** So many events may wait. A connection of ours is not read further from there. */
const MAX_WAITING = 10_000
const PAUSE_AT = 1000
const RESUME_AT = 500

/**
 * PostgreSQL's NOTIFY as a source of events, in order of arrival.
 *
 * @throws TypeError or RangeError for options that cannot be, else what connecting or LISTEN throws (as a rejection)
 */
export async function listen<E = unknown>(options: ListenOptions<E>): Promise<Listener> {
  const { channel, onEvent, onError, onReconnect, concurrency = 1 } = options
  check(options, concurrency)
  let connection: Connection | undefined
  const events = work<string>(concurrency, handle, () => {
    if (events.waiting === RESUME_AT) connection?.resume()
  })

  function onMessage({ channel: sentTo, payload = '' }: NotificationMessage): void {
    if (sentTo !== channel) return
    if (events.waiting >= PAUSE_AT) connection?.pause()
    if (events.waiting < MAX_WAITING) return events.add(payload)
    const problem = `${MAX_WAITING} events wait already, further ones are lost`
    fail(new WaybillError('WAYBILL_EVENTS_LOST', problem), decodePayload(payload).event)
  }

  async function handle(payload: string): Promise<void> {
    const { event, context: ctx } = decodePayload(payload)
    try {
      await context.with(ctx, onEvent, undefined, event as E, ctx)
    } catch (error) {
      fail(error, event)
    }
  }

  function fail(error: unknown, event: unknown): void {
    tellOf(`NOTIFY ${channel}`, error, event as E, onError)
  }

  connection = options.client
    ? await listenOn(options.client, channel, onMessage)
    : await keepListening({
        connectionString: options.connectionString!,
        channel,
        onMessage,
        onReconnect: () => onReconnect && callBack(`NOTIFY ${channel}, onReconnect`, onReconnect),
      })

  return {
    async close() {
      await connection.close()
      await events.idle()
    },
  }
}

/** On a connection that is the caller's, which is never paused: its handlers may need it for queries. */
async function listenOn(
  client: ListenClient,
  channel: string,
  onMessage: (message: NotificationMessage) => void,
): Promise<Connection> {
  const onEnd = (): void =>
    report(
      'WAYBILL_EVENTS_LOST',
      `NOTIFY ${channel}: the client's connection has ended, and listening with it.`,
    )
  client.on('notification', onMessage)
  try {
    await withoutTracing(() => client.query(`LISTEN ${quoteChannel(channel)}`))
  } catch (error) {
    client.removeListener('notification', onMessage)
    throw error
  }
  client.on('end', onEnd)
  return {
    pause() {},
    resume() {},
    async close() {
      client.removeListener('notification', onMessage)
      client.removeListener('end', onEnd)
      // On a connection that has ended there is nothing left to undo.
      await withoutTracing(() => client.query(`UNLISTEN ${quoteChannel(channel)}`)).catch(() => {})
    },
  }
}

function check<E>({ channel, client, connectionString }: ListenOptions<E>, concurrency: number): void {
  if ((client === undefined) === (connectionString === undefined))
    throw new TypeError('listen: give connectionString or client')
  const size = Buffer.byteLength(channel)
  if (size === 0 || size > 63 || channel.includes('\0'))
    throw new RangeError('listen: channel must be 1 to 63 bytes')
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError('listen: concurrency must be a whole number from 1')
}
