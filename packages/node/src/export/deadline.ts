/** A process that was asleep finds the time over, and the answer there: it is read first. In milliseconds. */
const LAST_LOOK = 50

/**
 * Like `setTimeout`, for an answer that is waited for.
 *
 * @returns the timer to clear when it has come
 */
export function deadline(ms: number, passed: () => void): { clear(): void } {
  let timer = setTimeout(() => {
    timer = setTimeout(passed, LAST_LOOK)
  }, ms)
  return { clear: () => clearTimeout(timer) }
}
