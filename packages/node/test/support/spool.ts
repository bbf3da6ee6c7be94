import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shortHash } from '../../src/export/spool/name.ts'
import { thisOwner } from '../../src/export/spool/owner.ts'
import { Spool, type Parcel } from '../../src/export/spool/spool.ts'
import type { Signal } from '../../src/options/read.ts'

type Taken = ReturnType<Spool['claim']>

export const HOST: string = shortHash('collector')

export const parcel = (text: string, more: Partial<Parcel> = {}): Parcel => ({
  signal: 'traces',
  content: 'protobuf',
  items: 3,
  body: Buffer.from(text),
  unsure: false,
  url: 'http://collector:4317/',
  host: HOST,
  ...more,
})

export const claim = (from: Spool, signal: Signal = 'traces'): Taken =>
  from.claim(signal, HOST, ['protobuf', 'json'])

export const text = (taken: Taken): string | undefined => taken && Buffer.from(taken.body).toString()

/** All that can be taken, delivered and deleted. */
export function drain(from: Spool): string[] {
  const bodies: string[] = []
  for (let next = claim(from); next; next = claim(from)) {
    bodies.push(text(next)!)
    from.remove(next.entry)
  }
  return bodies
}

/** A folder, the spools in it, and what they say of it. */
export class Disk {
  dir!: string
  lost!: { signal: Signal; items: number; reason: string }[]
  damaged!: Signal[]
  private owners = 0

  /** Another empty one. */
  renew(): void {
    this.dir = mkdtempSync(join(tmpdir(), 'waybill-spool-'))
    this.lost = []
    this.damaged = []
  }

  /** Each one is as another live thread of this process would be. */
  spool(maxBytes: number = 1 << 20, service = 'shop', owner = `${thisOwner()}${this.owners++}`): Spool {
    const on = {
      lost: (signal: Signal, items: number, reason: string) => void this.lost.push({ signal, items, reason }),
      damaged: (signal: Signal) => void this.damaged.push(signal),
    }
    const made = new Spool({ dir: this.dir, maxBytes, service }, on, owner)
    made.look()
    return made
  }

  files(): string[] {
    return readdirSync(join(this.dir, 'shop')).toSorted()
  }
}

/** A disk for each test. */
export function useDisk(): Disk {
  const disk = new Disk()
  beforeEach(() => disk.renew())
  afterEach(() => rmSync(disk.dir, { recursive: true, force: true }))
  return disk
}
