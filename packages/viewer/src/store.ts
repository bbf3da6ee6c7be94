import type { DatabaseSync } from 'node:sqlite'
import type { Arrival } from './normalize.ts'
import { Inserts } from './store/inserts.ts'
import { openDatabase } from './store/schema.ts'
import { Rows, TABLES, type Table, type Totals } from './store/tables.ts'

export interface StoreOptions {
  /** an SQLite file; in memory without it */
  file?: string | undefined
  maxSpans?: number | undefined
  maxLogs?: number | undefined
  maxMetricPoints?: number | undefined
  /** of everything stored */
  maxBytes?: number | undefined
}

/** Records between two looks at the bounds: one request may hold more than all of the store. */
const STEP = 500

/** Keeps the newest records, in memory or in a file. The oldest make room, in the order in which they arrived. */
export class Store {
  readonly db: DatabaseSync
  readonly #most: Record<Table, number>
  readonly #maxBytes: number
  readonly #rows: Rows
  readonly #inserts: Inserts

  constructor(options: StoreOptions = {}) {
    const {
      maxSpans = 100_000,
      maxLogs = 100_000,
      maxMetricPoints = 100_000,
      maxBytes = 256 * 1024 * 1024,
    } = options
    for (const [name, value] of Object.entries({ maxSpans, maxLogs, maxMetricPoints, maxBytes })) {
      if (!Number.isSafeInteger(value) || value < 1)
        throw new RangeError(`${name} must be a whole number above 0`)
    }
    this.#most = { spans: maxSpans, logs: maxLogs, points: maxMetricPoints }
    this.#maxBytes = maxBytes
    this.db = openDatabase(options.file)
    this.#rows = new Rows(this.db)
    this.#inserts = new Inserts(this.db, this.#rows)
    this.#makeRoom()
  }

  get totals(): Readonly<Totals> {
    return this.#rows.totals
  }

  /** Stores all of a request or, where the database throws, nothing of it. */
  add(arrival: Arrival): void {
    const before = { ...this.#rows.totals }
    this.db.exec('BEGIN IMMEDIATE')
    try {
      let count = 0
      for (const _ of this.#inserts.insert(arrival)) if (++count % STEP === 0) this.#makeRoom()
      this.#makeRoom()
      this.db.exec('COMMIT')
    } catch (error) {
      this.#rows.totals = before
      // SQLite has rolled back by itself where the disk is full.
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.db.close()
  }

  #makeRoom(): void {
    const { totals } = this.#rows
    for (const table of TABLES) {
      const excess = totals[table] - this.#most[table]
      if (excess > 0) totals.evicted += this.#rows.removeOldest(table, excess)
    }
    while (totals.bytes > this.#maxBytes) {
      const removed = this.#rows.removeOldestBytes(totals.bytes - this.#maxBytes)
      if (removed === 0) return
      totals.evicted += removed
    }
  }
}
