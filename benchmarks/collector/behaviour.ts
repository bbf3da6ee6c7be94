/** What may be wrong with a collector; the requests it is wrong with were not taken, and do not count as arrived. */
export type Fault =
  /** 503, UNAVAILABLE */
  | 'refuse'
  /** the connection is reset */
  | 'reset'
  /** an answer begins and does not end */
  | 'stall'
  /** every second request is refused */
  | 'half'
  /** the request is taken, and counts as arrived, but the connection is reset before the answer */
  | 'lose'

export interface Behaviour {
  /** Milliseconds from the request's end to the answer. */
  readonly latency: number
  readonly fault?: Fault | undefined
  /** Milliseconds in which a request's body is left unread. @default 0 */
  readonly slow?: number
}

export type Answer = 'accept' | 'refuse' | 'reset' | 'stall' | 'lose'

/** @param index how many requests of the same kind came before */
export function answerTo(fault: Fault | undefined, index: number): Answer {
  if (fault === undefined) return 'accept'
  if (fault === 'half') return index % 2 === 0 ? 'refuse' : 'accept'
  return fault
}
