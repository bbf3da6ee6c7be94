import { Counters, settledItems, type LossReason } from './counters.ts'
import { itemsOf, Losses } from './losses.ts'
import { signalOf, whereOf, type Destination, type Endpoints } from './protocol.ts'

/** Why this thread loses something, for the line about it. */
const WHY: Partial<Record<LossReason, string>> = {
  overflow: 'more was waiting than the export worker, or the main thread before it, can keep up with',
  encode: 'they could not be encoded',
  exit: 'the process ended before the export worker was done with them',
}

/** The app's thread's account of what it handed over, in items (spans, log records, metric points). */
export class Account {
  readonly #endpoints: Endpoints
  readonly #losses = new Map<Destination, Losses>()
  /** What both threads count; read by the metrics about Waybill itself. */
  readonly counters: Counters = new Counters()
  /** The same of what goes to Zipkin: those metrics tell of the signals' collectors. */
  readonly apart: Counters = new Counters()
  /** Handed over. */
  readonly sent: Record<Destination, number> = { traces: 0, metrics: 0, logs: 0, zipkin: 0 }

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints
  }

  /** Count and say what this thread loses. */
  lost(destination: Destination, items: number, reason: LossReason): void {
    let losses = this.#losses.get(destination)
    if (!losses) {
      const endpoint = this.#endpoints[destination]
      const where = endpoint ? whereOf(endpoint) : 'no collector'
      losses = new Losses(signalOf(destination), where, this.#countersOf(destination))
      this.#losses.set(destination, losses)
    }
    losses.count(items, reason, WHY[reason] ?? reason)
  }

  /** The process ends, or may: what was counted and not said yet. */
  sayRest(): void {
    for (const losses of this.#losses.values()) losses.sum()
  }

  /**
   * Count as lost what the worker took and neither settled nor left here.
   *
   * @param waiting items that are still here
   * @param say in a line for each; false: they are only counted
   * @returns how much of what, for the line that says why
   */
  loseUnsettled(waiting: (destination: Destination) => number, reason: LossReason, say: boolean): string[] {
    const parts: string[] = []
    for (const destination of Object.keys(this.sent) as Destination[]) {
      const signal = signalOf(destination)
      const counters = this.#countersOf(destination)
      const items = this.sent[destination] - settledItems(counters, signal) - waiting(destination)
      if (items <= 0) continue
      if (say) this.lost(destination, items, reason)
      else counters.add(signal, reason, items)
      parts.push(`${items} ${itemsOf(signal, items)}${destination === 'zipkin' ? ' for Zipkin' : ''}`)
    }
    return parts
  }

  #countersOf(destination: Destination): Counters {
    return destination === 'zipkin' ? this.apart : this.counters
  }
}
