import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Signal } from '../../options/read.ts'
import { list } from './folder.ts'
import { byAge, parseName, type Entry } from './name.ts'
import { isAlive } from './owner.ts'

/** What a file takes at the least: disks are given out in blocks. */
const BLOCK = 4096
/** Stamps beyond this (the year 5138) are forged; new ones must not follow them. */
const LAST_STAMP = 1e14

/** What is in the folder, as last seen: the files that are free to take, oldest first, and the size of all. */
export class Inventory {
  readonly #folder: string
  readonly #owner: string
  readonly #most: number
  #free: Entry[] = []
  /** Files that this process could not deal with: not tried again. */
  readonly #passed = new Set<string>()
  readonly #sizes: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 }
  #stamp = 0

  /** @param most names that are looked at */
  constructor(folder: string, owner: string, most: number) {
    this.#folder = folder
    this.#owner = owner
    this.#most = most
  }

  /** Look again. Files whose owner is gone are free. @throws what reading the folder throws */
  scan(): void {
    const found = list(this.#folder, this.#most).map(parseName)
    const alive = new Map<string, boolean>()
    this.#free = []
    this.#sizes.traces = this.#sizes.metrics = this.#sizes.logs = 0
    for (const entry of found) {
      if (!entry) continue
      this.#sizes[entry.signal] += sizeOf(entry)
      if (entry.stamp < LAST_STAMP) this.#stamp = Math.max(this.#stamp, entry.stamp)
      if (!this.#passed.has(entry.file) && this.#isFree(entry, alive)) this.#free.push(entry)
    }
    this.#free.sort(byAge)
  }

  /** Later than every file that was seen, whatever the clock says: a clock may be set back. */
  nextStamp(): number {
    return (this.#stamp = Math.max(Date.now(), this.#stamp + 1))
  }

  bytes(signal?: Signal): number {
    const { traces, metrics, logs } = this.#sizes
    return signal ? this.#sizes[signal] : traces + metrics + logs
  }

  /** A file is there that was not. */
  added(entry: Entry): void {
    this.#sizes[entry.signal] += sizeOf(entry)
  }

  /** A file that this process had in hand is free (again). */
  free(entry: Entry, last = false): void {
    const i = last ? -1 : this.#free.findIndex((other) => byAge(entry, other) < 0)
    if (i === -1) this.#free.push(entry)
    else this.#free.splice(i, 0, entry)
  }

  removed(entry: Entry): void {
    this.#sizes[entry.signal] = Math.max(0, this.#sizes[entry.signal] - sizeOf(entry))
  }

  /** Take the oldest that fits off the list. */
  take(fits: (entry: Entry) => boolean): Entry | undefined {
    const i = this.#free.findIndex(fits)
    return i === -1 ? undefined : this.#free.splice(i, 1)[0]
  }

  has(fits: (entry: Entry) => boolean): boolean {
    return this.#free.some(fits)
  }

  pass(file: string): void {
    if (this.#passed.size < this.#most) this.#passed.add(file)
  }

  #isFree({ file, owner }: Entry, alive: Map<string, boolean>): boolean {
    if (owner === undefined) return true
    let works = alive.get(owner)
    if (works === undefined) {
      works = isAlive(owner, this.#owner, () => this.#taken(file))
      alive.set(owner, works)
    }
    return !works
  }

  #taken(file: string): number {
    return statSync(join(this.#folder, file), { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
  }
}

export function sizeOf({ bytes }: { readonly bytes: number }): number {
  return Math.max(bytes, BLOCK)
}
