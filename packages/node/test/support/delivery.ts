import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Counters, type Count } from '../../src/export/counters.ts'
import { Delivery } from '../../src/export/deliver.ts'
import type { Outcome, Transport } from '../../src/export/job.ts'
import { Losses } from '../../src/export/losses.ts'
import { Outages } from '../../src/export/outages.ts'
import { PENDING, type ExportDuration } from '../../src/export/protocol.ts'
import { Shelf } from '../../src/export/shelf.ts'
import { Spool } from '../../src/export/spool/spool.ts'

export const MIB: number = 1024 * 1024
export const WHERE = 'http://localhost:4317 (grpc)'

export const delivered: Outcome = { kind: 'delivered' }
export const away: Outcome = { kind: 'retry', reason: 'ECONNREFUSED', error: 'ECONNREFUSED' }
export const silent: Outcome = { kind: 'retry', reason: 'no answer', error: 'timeout', unsure: true }
export const refused: Outcome = { kind: 'refused', reason: 'HTTP 400', error: '400' }

/** Time passes, as far as timers go. */
export const advance = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms)

export const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** A collector whose answers the test gives, one by one. */
class Script implements Transport {
  readonly sent: { bytes: Uint8Array; answer: (outcome: Outcome) => void }[] = []
  connected = false
  send(bytes: Uint8Array): Promise<Outcome> {
    return new Promise((answer) => this.sent.push({ bytes, answer }))
  }
  async answer(outcome: Outcome): Promise<void> {
    this.sent.shift()!.answer(outcome)
    await turns()
  }
  /** What is on its way, as the text it was made of. */
  texts(): string[] {
    return this.sent.map(({ bytes }) => Buffer.from(bytes).toString().trimEnd())
  }
}

const ENDPOINT = {
  protocol: 'grpc',
  url: 'http://localhost:4317',
  headers: { authorization: 'secret' },
  gzip: false,
  timeout: 1000,
  tls: {},
} as const

/** A delivery of spans to a script, on timers that the test moves. */
export class Bench {
  script!: Script
  delivery!: Delivery
  counters!: Counters
  /** Batches in hand, and those of them that come from the disk. */
  pending!: number[]
  durations!: ExportDuration[]
  dir!: string

  /** Another process, so to say: all anew but the disk. @param spoolBytes how much may be on disk; none: no disk */
  start(spoolBytes?: number): void {
    this.script = new Script()
    this.counters = new Counters()
    this.pending = [0, 0]
    this.durations = []
    const { counters, pending, script, durations } = this
    const losses = new Losses('traces', WHERE, counters)
    const outages = new Outages()
    const on = {
      lost: (_signal: unknown, items: number, reason: string) => losses.count(items, 'spoolDropped', reason),
      damaged: () => counters.add('traces', 'setAside', 1),
    }
    const spool =
      spoolBytes === undefined
        ? undefined
        : new Spool({ dir: this.dir, maxBytes: spoolBytes, service: 'shop' }, on)
    this.delivery = new Delivery({
      signal: 'traces',
      where: WHERE,
      content: 'protobuf',
      transport: script,
      shelf: spool && new Shelf(spool, 'traces', ENDPOINT, WHERE, counters, outages),
      counters,
      losses,
      outages,
      began: (slot) => void pending[slot]!++,
      settled: (slot) => void pending[slot]!--,
      took: (duration) => void durations.push(duration),
    })
  }

  add(text: string, items = 1, size: number = text.length): void {
    this.pending[PENDING]!++
    this.delivery.add({ bytes: Buffer.from(text.padEnd(size)), items })
  }

  count(name: Count): number {
    return this.counters.read('traces', name)
  }

  /** The files of the spool. */
  disk(): string[] {
    return readdirSync(join(this.dir, 'shop')).toSorted()
  }
}

/** A bench for each test, without a disk until it is started with one. */
export function useBench(): Bench {
  const bench = new Bench()
  beforeEach(() => {
    jest.useFakeTimers()
    bench.dir = mkdtempSync(join(tmpdir(), 'waybill-deliver-'))
    bench.start()
  })
  afterEach(() => {
    jest.useRealTimers()
    rmSync(bench.dir, { recursive: true, force: true })
  })
  return bench
}
