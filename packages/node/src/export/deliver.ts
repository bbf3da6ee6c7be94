import { report } from '@waybill/core/report'
import { Flight } from './flight.ts'
import { newJob, type Job, type Outcome } from './job.ts'
import { Pause } from './pause.ts'
import { PENDING, REPLAYING } from './protocol.ts'
import type { Shelf } from './shelf.ts'
import type { Surroundings } from './surroundings.ts'
import { Waiting } from './waiting.ts'

const MOST_REPLAYS = 4
/** What one signal may hold in this thread; more where nothing can be put on disk. */
const MAX_BYTES = 16 * 1024 * 1024
const MAX_BYTES_WITHOUT_DISK = 32 * 1024 * 1024
/** A collector away for longer: what waits goes to disk, where it outlives a crash. */
const SHORT_OUTAGE = 3000
/** Other processes of the service may have left something on disk. */
const LOOK_AFTER = 30_000
/** An ending process waits no longer for a connection: nothing can have arrived without one. */
const CONNECT_PATIENCE = 600
/** So many failures, and the next batch is tried: it may be this one that the collector cannot take. */
const PATIENCE = 5

/**
 * Delivers the batches of one signal: several at a time; while the collector is away one at a time, with
 * growing pauses. What waits too long, or is too much, goes to disk, and comes back from there.
 */
export class Delivery {
  readonly #around: Surroundings
  readonly #queue: Waiting
  readonly #flying: Flight
  readonly #pause = new Pause(() => this.#pump())
  #replayTimer: NodeJS.Timeout | undefined
  #awayTimer: NodeJS.Timeout | undefined
  #toDisk = false
  #replaying = false
  /** The process ends; its time is up. */
  #hurried = false
  #over = false
  #overTimer: NodeJS.Timeout | undefined
  #connectTimer: NodeJS.Timeout | undefined

  constructor(around: Surroundings) {
    this.#around = around
    this.#queue = new Waiting(around.signal, around.counters)
    this.#flying = new Flight(around.signal, around.counters)
  }

  add({ bytes, items }: { readonly bytes: Uint8Array; readonly items: number }): void {
    this.#queue.add(newJob(bytes, items, this.#around.content))
    if (this.#over) this.#empty()
    this.#makeRoom()
    this.#pump()
  }

  /** Deliver what this and other processes left on disk. */
  replay(): void {
    this.#replaying = true
    this.#around.shelf?.look(0)
    this.#pump()
  }

  /**
   * The process ends in `ms` milliseconds: no more pauses, one last attempt for each batch, and nothing more
   * from the disk. What is not delivered shortly before that time goes to disk.
   */
  hurry(ms: number): void {
    const { shelf, transport, losses } = this.#around
    this.#hurried = true
    this.#over = false
    losses.hold()
    for (const timer of [this.#replayTimer, this.#awayTimer, this.#overTimer, this.#connectTimer]) {
      clearTimeout(timer)
    }
    this.#pause.end()
    const left = ms - Math.min(Math.max(ms / 8, 50), 300)
    if (left <= 0) return this.#end()
    this.#overTimer = setTimeout(() => this.#end(), left)
    if (shelf && left > CONNECT_PATIENCE) {
      this.#connectTimer = setTimeout(() => {
        if (!transport.connected) this.#end()
      }, CONNECT_PATIENCE)
    }
    this.#pump()
    this.#sayAtEnd()
  }

  #pump(): void {
    if (this.#pause.lasts || this.#over) return
    const { shelf } = this.#around
    if (this.#pause.failures > 0 && !this.#hurried) {
      // While nothing gets through one feels the way for all.
      if (this.#flying.size > 0) return
      const first = this.#queue.size > 0 ? this.#queue.take() : shelf?.take()
      if (first) void this.#attempt(first)
      return
    }
    while (this.#queue.size > 0 && this.#flying.hasRoom(this.#queue.size))
      void this.#attempt(this.#queue.take())
    if (this.#replaying && !this.#hurried && shelf) this.#takeBack(shelf)
  }

  #takeBack(shelf: Shelf): void {
    while (this.#flying.replays < MOST_REPLAYS) {
      const pause = shelf.pause
      if (pause === undefined || this.#replayTimer) return
      if (pause > 0) {
        this.#replayTimer = setTimeout(() => {
          this.#replayTimer = undefined
          this.#pump()
        }, pause)
        return
      }
      const job = shelf.take()
      if (!job) return
      void this.#attempt(job)
    }
  }

  async #attempt(job: Job): Promise<void> {
    const { signal, transport } = this.#around
    this.#flying.began(job)
    if (job.claim) this.#around.began(REPLAYING)
    const started = performance.now()
    const outcome = await transport.send(job.body, job.content).catch(failed)
    this.#flying.ended(job)
    const error = outcome.kind === 'delivered' ? undefined : outcome.error
    this.#around.took({ signal, seconds: (performance.now() - started) / 1000, error })
    if (outcome.kind !== 'refused') job.unsure ||= outcome.unsure === true
    if (job.abandoned) this.#late(job, outcome)
    else if (outcome.kind === 'delivered') this.#delivered(job, outcome)
    else if (outcome.kind === 'refused') this.#refused(job, outcome.reason)
    else this.#again(job, outcome)
    this.#pump()
  }

  #delivered(job: Job, { rejected = 0, reason = '' }: Outcome & { kind: 'delivered' }): void {
    const { signal, where, counters, losses, outages, shelf } = this.#around
    outages.recovered(where, signal)
    this.#isBack()
    this.#count(job, rejected)
    if (rejected > 0) losses.count(rejected, 'rejected', `the collector rejected them: ${reason}`)
    else if (reason !== '') report('WAYBILL_COLLECTOR_WARNING', `${where}, on ${signal}: ${reason}`)
    if (job.unsure) counters.add(signal, 'resent', job.items)
    if (job.claim) shelf?.done(job, true)
    shelf?.look(LOOK_AFTER)
    this.#finish(job)
  }

  #refused(job: Job, reason: string): void {
    this.#isBack()
    if (job.claim) this.#around.shelf?.done(job, false)
    this.#around.losses.count(job.items, 'refused', reason)
    this.#finish(job)
  }

  #again(job: Job, { reason, after }: Outcome & { kind: 'retry' }): void {
    const { signal, where, transport, counters, outages, shelf } = this.#around
    outages.failed(where, reason)
    if (this.#hurried) {
      this.#keep(job, reason)
      // The others would fare no better, and there is a place for them.
      if (shelf) this.#empty()
      return
    }
    counters.add(signal, 'retries', 1)
    const answered = transport.connected
    if (job.claim) {
      shelf?.back(job, answered)
      this.#around.settled(REPLAYING)
    } else {
      this.#queue.back(job, answered && ++job.tries % PATIENCE === 0)
    }
    this.#awayTimer ??= setTimeout(() => {
      this.#toDisk = true
      this.#makeRoom()
    }, SHORT_OUTAGE)
    this.#makeRoom()
    this.#pause.start(after)
  }

  #isBack(): void {
    this.#pause.failures = 0
    this.#toDisk = false
    this.#replaying = true
    clearTimeout(this.#awayTimer)
    this.#awayTimer = undefined
  }

  /** What is more than may be held goes to disk, the oldest first; it is lost only where the disk fails. */
  #makeRoom(): void {
    const { shelf } = this.#around
    const most = shelf ? MAX_BYTES : MAX_BYTES_WITHOUT_DISK
    while (this.#queue.size > 0 && (this.#queue.bytes > most || this.#toDisk)) {
      const job = this.#queue.first!
      const kept = shelf?.put(job) === true
      if (!kept && (this.#queue.bytes <= most || this.#queue.size === 1)) return
      this.#queue.take()
      if (!kept) this.#around.losses.count(job.items, 'overflow', `more than ${most} bytes were waiting`)
      this.#finish(job)
    }
  }

  /** The time is up. Answers that still come are heard, so that what they tell is taken off the disk again. */
  #end(): void {
    this.#over = true
    clearTimeout(this.#overTimer)
    clearTimeout(this.#connectTimer)
    for (const job of this.#flying.abandon()) {
      this.#keep(job, 'the process ended before the collector answered')
    }
    this.#empty()
  }

  #empty(): void {
    while (this.#queue.size > 0)
      this.#keep(this.#queue.take(), 'the process ended before they were delivered')
  }

  /** To disk, or lost: the process ends. */
  #keep(job: Job, reason: string): void {
    const { shelf, losses } = this.#around
    if (job.claim) shelf?.back(job, false)
    else if (!shelf?.put(job)) losses.count(job.items, 'exit', reason)
    this.#finish(job)
  }

  #late(job: Job, outcome: Outcome): void {
    if (outcome.kind !== 'delivered' || !job.entry) return
    this.#count(job, outcome.rejected ?? 0)
    this.#around.shelf?.done(job, job.claim !== undefined)
  }

  #count({ items }: Job, rejected: number): void {
    this.#around.counters.add(this.#around.signal, 'delivered', Math.max(0, items - rejected))
  }

  /** One batch is done with. */
  #finish(job: Job): void {
    this.#sayAtEnd()
    this.#around.settled(job.claim ? REPLAYING : PENDING)
  }

  /** When the process ends, what was lost is said before the process goes. */
  #sayAtEnd(): void {
    if (this.#hurried && this.#queue.size === 0 && !this.#flying.awaited) this.#around.losses.sum()
  }
}

function failed(error: Error): Outcome {
  return { kind: 'retry', reason: error.message, error: error.name }
}
