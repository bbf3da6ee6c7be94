const FIRST = 250
const LONGEST = 5000

/** The pauses between attempts while a collector is away, in milliseconds: growing, and over when it is back. */
export class Pause {
  readonly #over: () => void
  #timer: NodeJS.Timeout | undefined
  /** Failures since the collector last answered. */
  failures = 0

  /** @param over called at the end of each pause */
  constructor(over: () => void) {
    this.#over = over
  }

  get lasts(): boolean {
    return this.#timer !== undefined
  }

  /** @param least what the server asked for */
  start(least = 0): void {
    if (this.#timer) return
    const backoff = Math.min(FIRST * 2 ** this.failures++, LONGEST)
    // Jitter: many processes lose the same collector at the same moment.
    const length = Math.max(least, backoff * (0.5 + Math.random() / 2))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#over()
    }, length)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
