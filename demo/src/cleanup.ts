/** What was started and has to be put away, in reverse order, whatever fails on the way. */
export class Cleanup {
  #steps: { what: string; fn: () => unknown }[] = []

  add(what: string, fn: () => unknown): void {
    this.#steps.push({ what, fn })
  }

  /** @returns one sentence for each step that failed */
  async run(): Promise<string[]> {
    const failures: string[] = []
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.fn()
      } catch (error) {
        failures.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return failures
  }
}
