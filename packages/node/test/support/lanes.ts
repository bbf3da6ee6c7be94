/** Start all of them, `count` at a time, in their order: name → what comes of it. */
export function lanes<T>(
  names: readonly string[],
  count: number,
  start: (name: string) => Promise<T>,
): Map<string, Promise<T>> {
  const results = new Map(names.map((name) => [name, Promise.withResolvers<T>()]))
  const waiting = results.entries()
  const lane = async (): Promise<void> => {
    for (const [name, { resolve, promise }] of waiting) {
      resolve(start(name))
      // The test that asks for it hears of it.
      await promise.catch(() => {})
    }
  }
  for (let i = 0; i < count; i++) void lane()
  return new Map(Array.from(results, ([name, { promise }]) => [name, promise]))
}
