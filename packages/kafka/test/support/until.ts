/** Wait until `condition` gives something other than false or undefined; what it gave. */
export async function until<T>(condition: () => T | false | undefined, what: string): Promise<T> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const value = condition()
    if (value !== false && value !== undefined) return value
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
