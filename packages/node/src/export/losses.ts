import { say } from '@waybill/core/report'
import type { Signal } from '../options/read.ts'
import type { Counters, LossReason } from './counters.ts'

/** While it goes on a loss is said again, in sum, not more often than this. */
const AGAIN_AFTER = 60_000
/** Nothing more was lost for so long: it is over. */
const OVER_AFTER = 10_000

const ITEM: Readonly<Record<Signal, string>> = { traces: 'span', logs: 'log record', metrics: 'metric point' }

/** What a signal is made of, in the form that goes with `count`. */
export function itemsOf(signal: Signal, count: number): string {
  return `${ITEM[signal]}${count === 1 ? '' : 's'}`
}

/** Counts what one signal loses, and says it: one line when it begins, one when it ends, with counts. */
export class Losses {
  readonly #signal: Signal
  readonly #where: string
  readonly #counters: Counters
  #total = 0
  #said = 0
  #reason = ''
  #begun = 0
  #lastSaid = 0
  #last = 0
  #timer: NodeJS.Timeout | undefined
  #quiet = false
  #summed = false

  constructor(signal: Signal, where: string, counters: Counters) {
    this.#signal = signal
    this.#where = where
    this.#counters = counters
  }

  count(items: number, kind: LossReason, reason: string): void {
    if (items <= 0) return
    this.#counters.add(this.#signal, kind, items)
    this.#total += items
    this.#reason = reason
    this.#last = performance.now()
    // Another signal's last request made room for itself on disk: nobody asks for the sum again.
    if (this.#summed) return this.#sum()
    if (this.#quiet || this.#timer) return
    this.#begun = this.#last
    this.#sum()
    this.#timer = setInterval(this.#look, OVER_AFTER / 4).unref()
  }

  /** The process ends: what is lost from now on is said by `sum()`. */
  hold(): void {
    this.#quiet = true
    this.#summed = false
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Say what was not said yet. */
  sum(): void {
    this.#summed = this.#quiet
    if (this.#total > this.#said) this.#sum()
  }

  #sum(): void {
    const count = this.#total - this.#said
    const more = this.#said > 0 ? ' more' : ''
    const items = `${count}${more} ${itemsOf(this.#signal, count)}`
    say(
      `WAYBILL_TELEMETRY_LOST: ${items} for ${this.#where} ${count === 1 ? 'is' : 'are'} lost: ${this.#reason}.`,
    )
    this.#said = this.#total
    this.#lastSaid = performance.now()
  }

  readonly #look = (): void => {
    const now = performance.now()
    if (now - this.#last >= OVER_AFTER) {
      const seconds = Math.max(1, Math.round((this.#last - this.#begun) / 1000))
      say(
        `WAYBILL_TELEMETRY_LOST: no more since ${Math.round((now - this.#last) / 1000)} s; ${this.#total} ${itemsOf(this.#signal, this.#total)} for ${this.#where} ${this.#total === 1 ? 'was' : 'were'} lost in ${seconds} s.`,
      )
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#total = this.#said = 0
    } else if (now - this.#lastSaid >= AGAIN_AFTER) this.sum()
  }
}
