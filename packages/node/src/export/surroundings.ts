import type { Signal } from '../options/read.ts'
import type { Counters } from './counters.ts'
import type { Transport } from './job.ts'
import type { Losses } from './losses.ts'
import type { Outages } from './outages.ts'
import type { ExportDuration, PENDING, REPLAYING } from './protocol.ts'
import type { Shelf } from './shelf.ts'
import type { Content } from './spool/name.ts'

/** What the deliveries of all signals share, or what differs in tests. */
export interface Surroundings {
  readonly signal: Signal
  /** The collector, for messages. */
  readonly where: string
  readonly content: Content
  readonly transport: Transport
  readonly shelf: Shelf | undefined
  readonly counters: Counters
  readonly losses: Losses
  readonly outages: Outages
  /** Counts what is on its way, in the shared state. */
  began(slot: typeof PENDING | typeof REPLAYING): void
  settled(slot: typeof PENDING | typeof REPLAYING): void
  took(duration: ExportDuration): void
}
