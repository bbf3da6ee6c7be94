export interface Attempt {
  /** Spans a second that were delivered. */
  readonly rate: number
  readonly lost: number
}

/** Below this nobody is looked for. */
const LEAST = 500
/** The ratio between what was too much and what was not, when it is near enough. */
const NEAR = 1.1

/**
 * The most spans a second that are delivered without a loss: as many as the app can make, and where some of those
 * are lost, what lies between too much and not too much.
 *
 * @param attempt one run at so many spans a second, or as fast as the app can make them
 * @returns 0 when some are lost at any rate
 */
export async function mostWithoutLoss(attempt: (perSecond?: number) => Promise<Attempt>): Promise<number> {
  const fastest = await attempt()
  if (fastest.lost === 0) return fastest.rate
  let good = LEAST
  let best = 0
  let bad = Infinity
  // What was delivered while others were lost is a good guess.
  let next = Math.max(fastest.rate, LEAST)
  while (bad / good >= NEAR) {
    const { rate, lost } = await attempt(next)
    if (lost === 0) {
      best = rate
      good = next
    } else bad = next
    next = bad === Infinity ? good * 2 : Math.sqrt(good * bad)
  }
  return best
}
