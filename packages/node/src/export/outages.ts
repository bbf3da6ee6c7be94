import { say } from '@waybill/core/report'
import type { Signal } from '../options/read.ts'
import { itemsOf } from './losses.ts'

/** A collector that comes and goes is not said more often than this, in milliseconds. */
const AGAIN_AFTER = 60_000

/**
 * What is said of a collector that is away, once for all signals that go there: it takes nothing; its telemetry
 * goes to disk; it takes telemetry again; all that was on disk is delivered.
 */
export class Outages {
  readonly #places = new Map<string, { failing: boolean; said: boolean; at: number }>()
  #spooling = false
  #spoolingSaid = -Infinity
  #quiet = false
  #spooled: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 }
  #replayed: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 }

  failed(where: string, reason: string): void {
    const place = this.#places.get(where) ?? { failing: false, said: false, at: -Infinity }
    this.#places.set(where, place)
    if (place.failing) return
    place.failing = true
    place.said = performance.now() - place.at >= AGAIN_AFTER
    if (!place.said) return
    place.at = performance.now()
    say(`WAYBILL_EXPORT_FAILED: ${where} takes no telemetry: ${reason}. It is kept and tried again.`)
  }

  recovered(where: string, signal: Signal): void {
    const place = this.#places.get(where)
    if (!place?.failing) return
    place.failing = false
    if (place.said) say(`WAYBILL_EXPORT_RECOVERED: ${where} takes ${signal} again.`)
  }

  spooled(where: string, folder: string, signal: Signal, items: number): void {
    this.#spooled[signal] += items
    if (this.#spooling) return
    this.#spooling = true
    this.#quiet = performance.now() - this.#spoolingSaid < AGAIN_AFTER
    if (this.#quiet) return
    this.#spoolingSaid = performance.now()
    say(
      `WAYBILL_SPOOLING: telemetry for ${where} waits on disk, in ${folder}. It is delivered when the collector is back, also by the next process of the service.`,
    )
  }

  replayed(signal: Signal, items: number): void {
    this.#replayed[signal] += items
  }

  /** Nothing is left on disk. */
  emptied(): void {
    const replayed = sum(this.#replayed)
    if (replayed === '') return
    const written = sum(this.#spooled) || 'nothing'
    if (!this.#quiet) {
      say(
        `WAYBILL_REPLAYED: ${replayed} from the disk were delivered; this process had written ${written}. Nothing is left there.`,
      )
    }
    this.#quiet = false
    this.#spooling = false
    this.#spooled = { traces: 0, metrics: 0, logs: 0 }
    this.#replayed = { traces: 0, metrics: 0, logs: 0 }
  }
}

function sum(items: Record<Signal, number>): string {
  return (Object.entries(items) as [Signal, number][])
    .filter(([, count]) => count > 0)
    .map(([signal, count]) => `${count} ${itemsOf(signal, count)}`)
    .join(', ')
}
