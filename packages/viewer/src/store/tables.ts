import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Parts } from './parts.ts'

export const TABLES = ['spans', 'logs', 'points'] as const
export type Table = (typeof TABLES)[number]

export interface Totals extends Record<Table, number> {
  bytes: number
  evicted: number
  replaced: number
}

interface Removed {
  id: number
  size: number
  resource: number
  scope: number
  metric: number | null
}

/** Rows that are looked at to find how many hold the bytes to be freed. */
const LOOK_AHEAD = 256

/** What is in the tables: how much, and how the oldest of it goes. */
export class Rows {
  readonly parts: Parts
  totals: Totals
  readonly #db: DatabaseSync
  readonly #dropLinks: StatementSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
    this.parts = new Parts(db)
    this.#dropLinks = db.prepare('DELETE FROM links WHERE span = ?')
    this.totals = { spans: 0, logs: 0, points: 0, bytes: 0, evicted: 0, replaced: 0 }
    for (const table of TABLES) {
      const { count, bytes } = this.#one(`SELECT count(*) AS count, total(size) AS bytes FROM ${table}`)
      this.totals[table] = Number(count)
      this.totals.bytes += Number(bytes)
    }
    this.totals.bytes += Number(this.#one('SELECT total(size) AS bytes FROM uses')['bytes'])
  }

  /** The id for the next record. */
  nextId(): number {
    const newest = TABLES.map((table) => Number(this.#one(`SELECT max(id) AS id FROM ${table}`)['id'] ?? 0))
    return Math.max(...newest) + 1
  }

  /** Removes the `count` that arrived first; answers how many that were. */
  removeOldest(table: Table, count: number): number {
    return this.#remove(
      table,
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ORDER BY id LIMIT ?) RETURNING ${columnsOf(table)}`,
      count,
    )
  }

  /** Removes some of the oldest records, of whichever kind, at most those that hold `bytes`; answers how many. */
  removeOldestBytes(bytes: number): number {
    const ages = TABLES.map((table) => ({
      table,
      oldest: Number(this.#one(`SELECT min(id) AS id FROM ${table}`)['id'] ?? Infinity),
    })).sort((a, b) => a.oldest - b.oldest)
    const [first, second] = ages
    if (!first || !second || first.oldest === Infinity) return 0
    let freed = 0
    let count = 0
    const rows = this.#prepare(`SELECT id, size FROM ${first.table} ORDER BY id LIMIT ${LOOK_AHEAD}`).all()
    for (const { id, size } of rows) {
      if (freed >= bytes || Number(id) > second.oldest) break
      freed += Number(size)
      count++
    }
    return this.removeOldest(first.table, count)
  }

  /** Makes way for a span that arrives again. */
  removeSpan(traceId: string, spanId: string): void {
    this.totals.replaced += this.#remove(
      'spans',
      `DELETE FROM spans WHERE trace_id = ? AND span_id = ? RETURNING ${columnsOf('spans')}`,
      traceId,
      spanId,
    )
  }

  #remove(table: Table, sql: string, ...values: (string | number)[]): number {
    const removed = this.#prepare(sql).all(...values) as unknown as Removed[]
    const users = new Map<number, number>()
    for (const { id, size, resource, scope, metric } of removed) {
      this.totals.bytes -= size
      if (table === 'spans') this.#dropLinks.run(id)
      for (const part of [resource, scope, metric]) {
        if (part !== null) users.set(part, (users.get(part) ?? 0) + 1)
      }
    }
    this.totals[table] -= removed.length
    this.totals.bytes -= this.parts.release(users)
    return removed.length
  }

  #one(sql: string): Record<string, unknown> {
    return this.#prepare(sql).get() ?? {}
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)))
    return statement
  }
}

function columnsOf(table: Table): string {
  return `id, size, resource, scope, ${table === 'points' ? 'metric' : 'NULL AS metric'}`
}
