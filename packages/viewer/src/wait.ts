export interface WaitOptions {
  /** 10 000 */
  timeoutMs?: number
  /** what is waited for, in the words of the error */
  what?: string
}

/**
 * The first answer of `check` that is not undefined, null or false. It is asked at once and at each arrival; what
 * it throws counts as "not yet". Rejects after the timeout with `describe()`, and when `closed` aborts.
 */
export function waitFor<T>(
  check: () => T | undefined | false | null,
  subscribe: (listener: () => void) => () => void,
  describe: () => string,
  closed: AbortSignal,
  { timeoutMs = 10_000, what = 'the condition' }: WaitOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let thrown: unknown
    const stop = (): void => {
      clearTimeout(timer)
      unsubscribe()
      closed.removeEventListener('abort', onClosed)
    }
    const fail = (reason: string): void => {
      stop()
      const doubt = thrown === undefined ? '' : `; the check threw: ${messageOf(thrown)}`
      reject(new Error(`${reason} for ${what}; ${describe()}${doubt}`, { cause: thrown }))
    }
    const attempt = (): void => {
      try {
        const found = check()
        thrown = undefined
        if (found === undefined || found === null || found === false) return
        stop()
        resolve(found)
      } catch (error) {
        thrown = error
      }
    }
    const onClosed = (): void => fail('the viewer was closed while waiting')
    const timer = setTimeout(() => fail(`waited ${timeoutMs} ms`), timeoutMs)
    const unsubscribe = subscribe(attempt)
    closed.addEventListener('abort', onClosed)
    if (closed.aborted) onClosed()
    else attempt()
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
