import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorType, report, WaybillError } from '@waybill/core'
import { withoutTracing } from '../suppress.ts'

export interface NotificationMessage {
  channel: string
  payload?: string | undefined
}

/** The part of a connected `pg` Client that is used. */
export interface ListenClient {
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: (message: NotificationMessage) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'notification', listener: (message: NotificationMessage) => void): unknown
  removeListener(event: 'end', listener: () => void): unknown
}

export interface Connection {
  /** Leave what comes next with the server, until `resume`. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

export interface ConnectionOptions {
  connectionString: string
  channel: string
  onMessage: (message: NotificationMessage) => void
  onReconnect: () => void
}

const FIRST_DELAY = 100
const LONGEST_DELAY = 10_000
/** How long to wait for an answer, in milliseconds: of a server that is connected to, and of one that is left. */
const CONNECT_TIMEOUT = 10_000
const END_TIMEOUT = 1000

/**
 * A connection that listens, and is made again whenever it is lost.
 *
 * @throws what connecting throws the first time (as a rejection); WAYBILL_UNSUPPORTED where there is no `pg`
 */
export async function keepListening({
  connectionString,
  channel,
  onMessage,
  onReconnect,
}: ConnectionOptions): Promise<Connection> {
  const Client = loadClient()
  const closing = new AbortController()
  const closed = (): boolean => closing.signal.aborted
  let reconnecting: Promise<void> | undefined
  let outages = 0
  let client: OwnClient | undefined
  client = await connect()

  async function connect(): Promise<OwnClient> {
    const fresh = new Client({
      connectionString,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
    })
    let broken: unknown
    const onBroken = (error: unknown): void => {
      broken ??= error
      if (fresh === client && !closed()) reconnecting ??= reconnect(fresh, broken)
    }
    fresh.on('error', onBroken)
    fresh.on('end', () => onBroken(new Error('the server ended it')))
    fresh.on('notification', onMessage)
    try {
      await withoutTracing(async () => {
        await fresh.connect()
        await fresh.query(`LISTEN ${quoteChannel(channel)}`)
      })
      if (broken !== undefined) throw broken
      return fresh
    } catch (error) {
      void end(fresh)
      throw error
    }
  }

  async function reconnect(lost: OwnClient, error: unknown): Promise<void> {
    const outage = `NOTIFY ${channel} ${++outages}`
    const since = Date.now()
    report(
      'WAYBILL_EVENTS_LOST',
      `NOTIFY ${channel}: the connection is lost (${errorType(error)}), connecting again. Events sent meanwhile are lost.`,
      `${outage} lost`,
    )
    void end(lost)
    for (let delay = FIRST_DELAY; !closed(); delay = Math.min(delay * 2, LONGEST_DELAY)) {
      await sleep(delay * (0.75 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => {})
      const fresh = closed() ? undefined : await connect().catch(() => undefined)
      if (fresh === undefined) continue
      client = fresh
      reconnecting = undefined
      if (closed()) return
      const seconds = Math.ceil((Date.now() - since) / 1000)
      report(
        'WAYBILL_EVENTS_LOST',
        `NOTIFY ${channel}: listening again after ${seconds} s.`,
        `${outage} back`,
      )
      onReconnect()
      return
    }
  }

  async function end(leaving: OwnClient): Promise<void> {
    leaving.removeListener('notification', onMessage)
    // The answer to the goodbye cannot be read from a paused stream.
    leaving.connection?.stream?.resume?.()
    await Promise.race([leaving.end().catch(() => {}), sleep(END_TIMEOUT, undefined, { ref: false })])
  }

  return {
    pause: () => client?.connection?.stream?.pause?.(),
    resume: () => client?.connection?.stream?.resume?.(),
    async close() {
      closing.abort()
      await reconnecting
      if (client) await end(client)
    },
  }
}

/** As `pg_notify` has it: exactly this name, where a bare identifier would be put in lower case. */
export function quoteChannel(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`
}

interface OwnClient extends ListenClient {
  connect(): Promise<unknown>
  end(): Promise<void>
  readonly connection?: { stream?: { pause?(): void; resume?(): void } }
}

type ClientClass = new (config: {
  connectionString: string
  keepAlive: boolean
  connectionTimeoutMillis: number
}) => OwnClient

function loadClient(): ClientClass {
  // As a peer beside this package, else as the app itself would find it.
  for (const from of [import.meta.filename, join(process.cwd(), 'app.js')]) {
    try {
      return (createRequire(from)('pg') as { Client: ClientClass }).Client
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new WaybillError(
    'WAYBILL_UNSUPPORTED',
    'listen({ connectionString }) needs the package pg, which is not installed',
  )
}
