import fs from 'node:fs'
import { propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { setOperation } from '@waybill/core'
import { Pool } from 'pg'
import { startPostgres } from '../../../demo/src/infra/postgres.ts'
import type { Listener } from '../src/index.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

export interface Scan {
  id: string
}

/** A PostgreSQL of its own for the tests of a file. */
export interface Database {
  url: string
  pool: Pool
  /** Of the test. */
  telemetry: Telemetry
  /** Closed after the test. */
  listener: Listener | undefined
  /** What Waybill has said in the test. */
  said: string[]
  /** Ids of the server's processes that somebody listens at. */
  connections(): Promise<number[]>
}

export function useDatabase(): Database {
  // Starting the server takes a few seconds; all else is immediate.
  jest.setTimeout(60_000)
  const on = {
    async connections() {
      const { rows } = await on.pool.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
      )
      return rows.map(({ pid }) => pid)
    },
  } as Database
  let server: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    server = await startPostgres()
    on.url = server.url
    on.pool = new Pool({ connectionString: on.url })
  })
  afterAll(async () => {
    await on.pool?.end()
    await server?.stop()
  })
  beforeEach(() => {
    on.telemetry = startTelemetry()
    on.said = []
    jest.spyOn(fs, 'writeSync').mockImplementation((_fd, line) => on.said.push(String(line)))
  })
  afterEach(async () => {
    await on.listener?.close()
    on.listener = undefined
    jest.restoreAllMocks()
    await on.telemetry.stop()
  })
  return on
}

/** Events as they come, and a promise of the next `count`. */
export function inbox<T = Scan>() {
  const events: T[] = []
  let check = (): void => {}
  return {
    events,
    add: (event: T): void => {
      events.push(event)
      check()
    },
    async atLeast(count: number) {
      while (events.length < count) await new Promise<void>((added) => (check = added))
    },
  }
}

export function sender(tenant: string): { ctx: Context; traceId: string } {
  const span = trace.getTracer('app').startSpan('store')
  span.end()
  const ctx = propagation.setBaggage(
    setOperation(trace.setSpan(ROOT_CONTEXT, span), { id: 'a1b2c3d4' }),
    propagation.createBaggage({ tenant: { value: tenant } }),
  )
  return { ctx, traceId: span.spanContext().traceId }
}
