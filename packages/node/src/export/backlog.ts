import type { Signal } from '../options/read.ts'
import type { Batch, Destination } from './protocol.ts'

/** What one signal may hold here, in bytes, before its worker is there or while it cannot keep up. */
const MAX_HELD_BYTES = 16 * 1024 * 1024
/** What the worker may have before it without having read it. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024

/**
 * The batches of the app's thread: those that wait to be posted, and of those that were posted and that the
 * worker has not read yet their size, or all of it where it may have to be rescued.
 */
export class Backlog {
  #held: Batch[] = []
  readonly #heldBytes: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 }
  #posted: { readonly size: number; readonly batch: Batch | undefined }[] = []
  #unreadBytes = 0
  /** Batches of `#posted` that are read: the worker counts from its start. */
  #read = 0

  get held(): number {
    return this.#held.length
  }

  /** Spans, log records or metric points that wait to be posted. */
  itemsOf(destination: Destination): number {
    let items = 0
    for (const held of this.#held) if ((held.to ?? held.signal) === destination) items += held.items
    return items
  }

  /** @returns what had to go for it, the oldest first */
  hold(batch: Batch): readonly Batch[] {
    this.#held.push(batch)
    this.#heldBytes[batch.signal] += batch.bytes.byteLength
    if (this.#heldBytes[batch.signal] <= MAX_HELD_BYTES) return []
    const dropped: Batch[] = []
    for (let i = 0; i < this.#held.length - 1 && this.#heldBytes[batch.signal] > MAX_HELD_BYTES; i++) {
      const old = this.#held[i]!
      if (old.signal !== batch.signal) continue
      dropped.push(old)
      this.#heldBytes[old.signal] -= old.bytes.byteLength
    }
    this.#held = this.#held.filter((kept) => !dropped.includes(kept))
    return dropped
  }

  /** The next to be posted; undefined where there is none, or where the worker has enough before it. */
  next(read: number): Batch | undefined {
    this.#forget(read)
    if (this.#unreadBytes > MAX_UNREAD_BYTES) return undefined
    const batch = this.#held.shift()
    if (batch) this.#heldBytes[batch.signal] -= batch.bytes.byteLength
    return batch
  }

  /** @param copied the bytes are still here: they can be sent again when the worker turns out not to live */
  posted(batch: Batch, size: number, copied: boolean): void {
    this.#posted.push({ size, batch: copied ? batch : undefined })
    this.#unreadBytes += size
  }

  /** The worker is gone: what it had not read and is still here waits again, as first. */
  reclaim(read: number): void {
    this.#forget(read)
    const saved = this.#posted.flatMap(({ batch }) => batch ?? [])
    for (const { signal, bytes } of saved) this.#heldBytes[signal] += bytes.byteLength
    this.#held.unshift(...saved)
    this.#posted = []
    this.#unreadBytes = this.#read = 0
  }

  #forget(read: number): void {
    const count = read - this.#read
    if (count <= 0) return
    for (const { size } of this.#posted.splice(0, count)) this.#unreadBytes -= size
    this.#read = read
  }
}
