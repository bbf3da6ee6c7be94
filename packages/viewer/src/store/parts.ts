import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Bytes that a row of `parts` takes beside its text. */
const OVERHEAD = 100

/** What many records have in common: a resource, a scope, a metric. Stored once, gone with its last user. */
export class Parts {
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #use: StatementSync
  readonly #insertUse: StatementSync
  readonly #dropUse: StatementSync
  readonly #drop: StatementSync

  constructor(db: DatabaseSync) {
    this.#find = db.prepare('SELECT id FROM parts WHERE hash = ?')
    this.#insert = db.prepare('INSERT INTO parts (hash, label, data) VALUES (?, ?, ?)')
    this.#use = db.prepare('UPDATE uses SET refs = refs + ? WHERE part = ?')
    this.#insertUse = db.prepare('INSERT INTO uses (part, refs, size) VALUES (?, 0, ?)')
    this.#drop = db.prepare('DELETE FROM parts WHERE id = ?')
    this.#dropUse = db.prepare('DELETE FROM uses WHERE part = ? AND refs <= 0 RETURNING size')
  }

  /** The part with this content, made where it is new. `bytes` is what that adds to the store. */
  intern(kind: string, label: string, content: unknown): { id: number; bytes: number } {
    const data = JSON.stringify(content)
    const hash = createHash('sha256')
      .update(JSON.stringify([kind, label]))
      .update(data)
      .digest()
    const known = this.#find.get(hash)
    if (known) return { id: Number(known['id']), bytes: 0 }
    const bytes = OVERHEAD + Buffer.byteLength(label) + Buffer.byteLength(data)
    const id = Number(this.#insert.run(hash, label, data).lastInsertRowid)
    this.#insertUse.run(id, bytes)
    return { id, bytes }
  }

  use(id: number, records: number): void {
    this.#use.run(records, id)
  }

  /** `users` says how many records of each part are gone. Answers the bytes of parts that nobody uses now. */
  release(users: Map<number, number>): number {
    let bytes = 0
    for (const [id, count] of users) {
      this.#use.run(-count, id)
      const dropped = this.#dropUse.get(id)
      if (!dropped) continue
      this.#drop.run(id)
      bytes += Number(dropped['size'])
    }
    return bytes
  }
}
