/**
 * Call `fn` and say how it went, once, after it has: `settled(undefined, value)` or `settled({ error })`.
 * What comes out is what `fn` gave.
 */
export function observe<T>(
  fn: () => T,
  settled: (failure: { error: unknown } | undefined, value?: Awaited<T>) => void,
): T {
  let result: T
  try {
    result = fn()
  } catch (error) {
    settled({ error })
    throw error
  }
  if (!isThenable(result)) {
    settled(undefined, result as Awaited<T>)
    return result
  }
  return result.then(
    (value) => {
      settled(undefined, value as Awaited<T>)
      return value
    },
    (error: unknown) => {
      settled({ error })
      throw error
    },
  ) as T
}

function isThenable(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
