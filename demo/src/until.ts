/**
 * The first result of `look` that is not undefined; looked for again every 50 ms. For what tells nobody when it
 * changes (rows of a table).
 *
 * @throws Error `what` after `timeoutMs`
 */
export async function until<T>(
  what: () => string,
  look: () => T | undefined | Promise<T | undefined>,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`${what()} (waited ${timeoutMs / 1000} s)`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
