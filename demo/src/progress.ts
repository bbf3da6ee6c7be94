import { styleText } from 'node:util'

/** What is started, and how far it is: one line for each that is ready, and on a terminal what is still awaited. */
export interface Progress {
  /** Follow `work`; its `detail` stands on the line once it is done. */
  follow<T>(name: string, work: Promise<T>, detail?: (result: T) => string): Promise<T>
  /** Print a line above what is awaited. */
  line(text: string): void
  end(): void
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export function showProgress(out: NodeJS.WriteStream = process.stdout): Progress {
  const awaited = new Set<string>()
  let frame = 0
  let ended = false
  const clear = (): void => {
    if (out.isTTY) out.write('\r\u001b[K')
  }
  const draw = (): void => {
    if (!out.isTTY || awaited.size === 0) return
    const text = `${FRAMES[frame++ % FRAMES.length]} ${[...awaited].join(', ')}`
    out.write(`\r\u001b[K${styleText('dim', text.slice(0, out.columns - 1), { stream: out })}`)
  }
  const timer = out.isTTY ? setInterval(draw, 100) : undefined
  const line = (text: string): void => {
    clear()
    out.write(`${text}\n`)
    draw()
  }
  return {
    line,
    async follow(name, work, detail) {
      const start = performance.now()
      awaited.add(name)
      draw()
      try {
        const result = await work
        awaited.delete(name)
        if (ended) return result
        const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(7)
        line(
          `  ${name.padEnd(16)}${styleText('dim', seconds, { stream: out })}  ${detail?.(result) ?? ''}`.trimEnd(),
        )
        return result
      } finally {
        awaited.delete(name)
      }
    },
    end() {
      ended = true
      clearInterval(timer)
      clear()
      awaited.clear()
    },
  }
}
