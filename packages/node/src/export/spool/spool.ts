import { lutimesSync } from 'node:fs'
import { join } from 'node:path'
import { report } from '@waybill/core/report'
import type { SpoolOptions } from '../../options/spool.ts'
import type { Signal } from '../../options/read.ts'
import {
  checkFolder,
  folderOf,
  isGone,
  moveAside,
  openFolder,
  readPlain,
  rename,
  SET_ASIDE,
  unlink,
  writeNew,
} from './folder.ts'
import { Inventory, sizeOf } from './inventory.ts'
import { nameOf, type Content, type Entry } from './name.ts'
import { thisOwner } from './owner.ts'
import { decodeRecord, encodeRecord } from './record.ts'

/** Other processes of the service write here too: look again when what is known is older, in milliseconds. */
const FRESH = 1000
/** A disk that failed is left alone for so long, in milliseconds. */
const REST = 5000

/** A file in this process's hand, with what is in it. */
export interface Claim {
  entry: Entry
  readonly body: Uint8Array<ArrayBuffer>
}

/** What to write. */
export interface Parcel {
  readonly signal: Signal
  readonly content: Content
  readonly items: number
  readonly body: Uint8Array
  readonly unsure: boolean
  /** Where it was meant to go, without credentials; and the hash of the host in it. */
  readonly url: string
  readonly host: string
}

/**
 * Telemetry on disk: one file a request, in a folder of the service. All processes of the service share it; a
 * file is written, and taken in hand, under a name that carries its owner, and renaming is what decides between
 * two. Works synchronously, on the export worker's thread. Never throws: a disk that does not work is said.
 */
export class Spool {
  readonly folder: string
  readonly #options: SpoolOptions
  readonly #owner: string
  readonly #lost: (signal: Signal, items: number, reason: string) => void
  readonly #damaged: (signal: Signal) => void
  readonly #inventory: Inventory
  /** Names of what is in hand. */
  readonly #held = new Set<string>()
  #scannedAt = -Infinity
  #restUntil = -Infinity
  #open = false

  /**
   * @param on hears of telemetry that is lost here (for all signals, whoever wrote it), and of files set aside
   * @param owner who this is; another one for each spool in one thread
   */
  constructor(
    options: SpoolOptions,
    on: {
      lost: (signal: Signal, items: number, reason: string) => void
      damaged: (signal: Signal) => void
    },
    owner: string = thisOwner(),
  ) {
    this.folder = folderOf(options.dir, options.service)
    this.#options = options
    this.#lost = on.lost
    this.#damaged = on.damaged
    this.#owner = owner
    // A file takes a block at the least.
    this.#inventory = new Inventory(this.folder, owner, Math.ceil(options.maxBytes / 4096) + 1000)
  }

  /** Put a request on disk. Undefined: the disk does not take it. */
  write(parcel: Parcel): Entry | undefined {
    if (performance.now() < this.#restUntil) return undefined
    const { signal, content, items, unsure, url, host, body } = parcel
    return this.#try('write to', () => {
      if (!this.#open) openFolder(this.#options.dir, this.folder)
      this.#open = true
      const parts = encodeRecord({ service: this.#options.service, url, signal, content, items }, body)
      const bytes = parts.reduce((sum, part) => sum + part.length, 0)
      if (!this.#makeRoom(sizeOf({ bytes }))) return undefined
      const id = shortRandom()
      const stamp = this.#inventory.nextStamp()
      const known = { stamp, id, host, items, bytes, unsure, signal, content }
      const held = nameOf({ ...known, owner: this.#owner })
      const file = nameOf({ ...known, owner: undefined })
      writeNew(this.#path(held), parts)
      if (!rename(this.#path(held), this.#path(file))) return undefined
      const entry: Entry = { ...known, owner: undefined, file }
      this.#inventory.added(entry)
      this.#inventory.free(entry)
      return entry
    })
  }

  /** Take the oldest file of a signal in hand that was meant for `host`, in a form the transport can send. */
  claim(signal: Signal, host: string, contents: readonly Content[]): Claim | undefined {
    const fits = (entry: Entry): boolean =>
      entry.signal === signal && entry.host === host && contents.includes(entry.content)
    return this.#try('read', () => {
      for (let next = this.#inventory.take(fits); next; next = this.#inventory.take(fits)) {
        const entry = this.#hold(next)
        if (!entry) continue
        const file = readPlain(this.#path(entry.file), this.#options.maxBytes + 65_536)
        const body = file && decodeRecord(file, entry)
        if (body) {
          this.#held.add(entry.file)
          return { entry, body }
        }
        this.#setAside(entry)
      }
      return undefined
    })
  }

  /** Is there more to take, of this signal? */
  has(signal: Signal, host: string, contents: readonly Content[]): boolean {
    return this.#inventory.has(
      (entry) => entry.signal === signal && entry.host === host && contents.includes(entry.content),
    )
  }

  /** Is nothing left that was meant for `host`, and nothing on its way there? */
  isEmpty(host: string): boolean {
    this.look()
    return this.#held.size === 0 && !this.#inventory.has((entry) => entry.host === host)
  }

  /** It is delivered. True when it was still here. */
  remove(entry: Entry): boolean {
    this.#held.delete(entry.file)
    const gone = this.#try('delete in', () => {
      if (!unlink(this.#path(entry.file))) return false
      this.#inventory.removed(entry)
      return true
    })
    // Also where it was free and stays on this process's list: it must not be taken again.
    this.#inventory.take((other) => other.id === entry.id && other.stamp === entry.stamp)
    return gone ?? false
  }

  /** Not delivered: it may be taken again, `last` of all by this process. */
  release({ entry }: Claim, unsure: boolean, last = false): Entry {
    this.#held.delete(entry.file)
    const free = { ...entry, owner: undefined, unsure: entry.unsure || unsure }
    const file = nameOf(free)
    const released: Entry = { ...free, file }
    this.#try('rename in', () => {
      if (!rename(this.#path(entry.file), this.#path(file))) return
      this.#inventory.free(released, last)
    })
    return released
  }

  bytes(signal: Signal): number {
    return this.#inventory.bytes(signal)
  }

  /** See what is on disk, also from other processes, unless that is known well enough. */
  look(fresh: number = FRESH): void {
    if (performance.now() - this.#scannedAt < fresh) return
    this.#try('read', () => this.#scan())
  }

  #scan(): void {
    this.#scannedAt = performance.now()
    try {
      checkFolder(this.folder)
    } catch (error) {
      // Nothing was ever written.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    this.#inventory.scan()
  }

  #makeRoom(size: number): boolean {
    const { maxBytes } = this.#options
    if (size > maxBytes) return false
    if (performance.now() - this.#scannedAt > FRESH) this.#scan()
    if (this.#inventory.bytes() + size > maxBytes) this.#scan()
    while (this.#inventory.bytes() + size > maxBytes) {
      const oldest = this.#inventory.take(() => true)
      if (!oldest) return false
      this.#drop(oldest, `the spool is full (WAYBILL_SPOOL_MAX_BYTES=${maxBytes}); the oldest went first`)
    }
    return true
  }

  #drop(entry: Entry, reason: string): void {
    try {
      const dropped = unlink(this.#path(entry.file))
      this.#inventory.removed(entry)
      // Another process may have been faster: then it is that one's to count.
      if (dropped) this.#lost(entry.signal, believable(entry), reason)
    } catch (error) {
      if (!['EISDIR', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      this.#setAside(entry)
    }
  }

  /** Undefined: another process was faster. */
  #hold(entry: Entry): Entry | undefined {
    // An owner that is gone may have sent it.
    const mine = { ...entry, owner: this.#owner, unsure: entry.unsure || entry.owner !== undefined }
    const file = nameOf(mine)
    // Before the name: from that moment on its age says for how long it has been in hand.
    const now = new Date()
    try {
      lutimesSync(this.#path(entry.file), now, now)
    } catch (error) {
      if (isGone(error)) return undefined
      // Whatever it is will be seen when it is read.
    }
    return rename(this.#path(entry.file), this.#path(file)) ? { ...mine, file } : undefined
  }

  /** Not ours, or not whole. It is kept for a person to see, up to a number of files. */
  #setAside(entry: Entry): void {
    this.#inventory.removed(entry)
    this.#damaged(entry.signal)
    this.#lost(entry.signal, believable(entry), 'a file of the spool could not be read')
    report(
      'WAYBILL_SPOOL_DAMAGED',
      `a file in ${this.folder} is torn or not Waybill's, and was moved to ${SET_ASIDE}: ${entry.file.slice(0, 120)}.`,
      this.folder,
    )
    moveAside(this.folder, entry.file, nameOf({ ...entry, owner: undefined }))
    this.#inventory.pass(entry.file)
  }

  #path(file: string): string {
    return join(this.folder, file)
  }

  #try<T>(doing: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#restUntil = performance.now() + REST
      this.#open = false
      const { code = '', message } = error as NodeJS.ErrnoException
      report(
        'WAYBILL_SPOOL_FAILED',
        `cannot ${doing} ${this.folder}: ${message}. Telemetry that waits is kept in memory only.`,
        `${doing} ${code}`,
      )
      return undefined
    }
  }
}

/** A forged name must not turn the count of what was lost into nonsense. */
function believable({ items, bytes }: Entry): number {
  return Math.min(items, bytes, 100_000)
}

function shortRandom(): string {
  return Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
}
