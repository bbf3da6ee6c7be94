import type { Endpoint, Protocol } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'
import type { Counters } from './counters.ts'
import { newJob, type Job } from './job.ts'
import type { Outages } from './outages.ts'
import { shortHash, type Content } from './spool/name.ts'
import type { Spool } from './spool/spool.ts'

/** A collector that is back is busy enough: bytes a millisecond, and milliseconds from file to file. */
const BYTES_PER_MS = (8 * 1024 * 1024) / 1000
const LEAST_PAUSE = 5
/** After so many failures in a row the others get their turn: a request may be what brings the collector down. */
const PATIENCE = 5

/** What may be sent to a collector of this protocol, whichever process wrote it. */
const CONTENTS: Readonly<Record<Protocol, readonly Content[]>> = {
  grpc: ['protobuf'],
  'http/protobuf': ['protobuf', 'json'],
  'http/json': ['protobuf', 'json'],
  zipkin: ['zipkin'],
}

/** The spool as the delivery of one signal sees it: puts what waits on disk, takes it back at a bounded rate. */
export class Shelf {
  readonly #spool: Spool
  readonly #signal: Signal
  readonly #where: string
  readonly #url: string
  readonly #host: string
  readonly #contents: readonly Content[]
  readonly #counters: Counters
  readonly #outages: Outages
  #readyAt = -Infinity
  #stubborn = { id: '', failures: 0 }

  constructor(
    spool: Spool,
    signal: Signal,
    endpoint: Endpoint,
    where: string,
    counters: Counters,
    outages: Outages,
  ) {
    const { origin, pathname, hostname } = new URL(endpoint.url)
    this.#spool = spool
    this.#signal = signal
    this.#where = where
    this.#url = origin + pathname
    this.#host = shortHash(hostname)
    this.#contents = CONTENTS[endpoint.protocol]
    this.#counters = counters
    this.#outages = outages
  }

  /** Put a job on disk. False: it must be kept elsewhere. */
  put(job: Job): boolean {
    const { items, body, content, unsure } = job
    const parcel = { signal: this.#signal, url: this.#url, host: this.#host, items, body, content, unsure }
    job.entry = this.#spool.write(parcel)
    if (!job.entry) return false
    this.#counters.add(this.#signal, 'spooled', items)
    this.#outages.spooled(this.#where, this.#spool.folder, this.#signal, items)
    this.#gauge()
    return true
  }

  /** Milliseconds until the next file may be taken; undefined where there is none. */
  get pause(): number | undefined {
    if (!this.#spool.has(this.#signal, this.#host, this.#contents)) return undefined
    return Math.max(0, this.#readyAt - performance.now())
  }

  /** The oldest that was meant for the same host, also by another process. */
  take(): Job | undefined {
    const claim = this.#spool.claim(this.#signal, this.#host, this.#contents)
    if (!claim) return undefined
    const { entry, body } = claim
    const time = Math.max(LEAST_PAUSE, body.byteLength / BYTES_PER_MS)
    this.#readyAt = Math.max(performance.now(), this.#readyAt) + time
    return newJob(body, entry.items, entry.content, claim)
  }

  /** Not delivered. @param answered the collector is there, and it may be the request that it fails on */
  back(job: Job, answered: boolean): void {
    const { entry } = job.claim!
    if (this.#stubborn.id !== entry.id) this.#stubborn = { id: entry.id, failures: 0 }
    const last = answered && ++this.#stubborn.failures >= PATIENCE
    if (last) this.#stubborn = { id: '', failures: 0 }
    job.entry = this.#spool.release(job.claim!, job.unsure, last)
  }

  /** The collector has it, or never wants it. */
  done(job: Job, delivered: boolean): void {
    const removed = job.entry !== undefined && this.#spool.remove(job.entry)
    job.entry = undefined
    if (delivered && removed) {
      this.#counters.add(this.#signal, 'replayed', job.items)
      this.#outages.replayed(this.#signal, job.items)
    }
    if (this.#spool.isEmpty(this.#host)) this.#outages.emptied()
    this.#gauge()
  }

  /** See what other processes left. @param fresh in milliseconds: not when it was looked at since then */
  look(fresh: number): void {
    this.#spool.look(fresh)
    this.#gauge()
  }

  #gauge(): void {
    this.#counters.set(this.#signal, 'spoolBytes', this.#spool.bytes(this.#signal))
  }
}
