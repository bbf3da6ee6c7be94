import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A line of a service's log, as it wrote it. */
export interface LogLine {
  service: string
  msg: string
  /** All fields of the JSON line, `msg` among them. */
  fields: Record<string, unknown>
}

export interface ServiceOptions {
  name: string
  /** Its file in demo/services. */
  file: string
  env: Record<string, string | undefined>
  /** Start it with `--require @waybill/node/register`. */
  preload: boolean
  onLine: (line: LogLine) => void
  /** A line on stderr, or one on stdout that is not pino's. */
  onText: (text: string) => void
  /** It ended without being asked. */
  onEnd: (reason: string) => void
}

export interface Service {
  name: string
  /** The fields of its line `ready`. Rejects when it ends before. */
  ready: Promise<Record<string, unknown>>
  /** SIGTERM; SIGKILL when that takes more than eight seconds. Resolves when it has ended. */
  stop(): Promise<void>
}

const DEMO = join(import.meta.dirname, '..')

/** Start one service, as a user would: `node --require @waybill/node/register FILE`. */
export function startService(options: ServiceOptions): Service {
  const { name, onLine, onText } = options
  const child = spawn(process.execPath, nodeArguments(options), {
    cwd: DEMO,
    env: options.env,
    // Not in the terminal's process group: Ctrl-C is for the demo, which then stops its services in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let stopping = false
  let said = ''
  let isReady = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`))
  })
  const tell = (text: string): void => {
    said = `${said}${text}\n`.slice(-4000)
    if (isReady) onText(text)
  }
  // Held until it is ready: what a service says that does not start is summed up in one line.
  const heldBack = (): void => {
    for (const text of said.split('\n').filter(Boolean)) onText(text)
  }
  const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (text) => {
      const line = parseLine(name, text)
      if (line?.msg === 'ready' && !isReady) {
        isReady = true
        heldBack()
        resolve(line.fields)
      }
      if (line) onLine(line)
      else tell(text)
    })
    createInterface({ input: child.stderr! }).on('line', tell)
    void ended.then((how) => {
      const reason = `${name} ${how}${hint(said, options.env)}`
      reject(new Error(reason))
      if (!stopping) options.onEnd(reason)
    })
  })
  ready.catch(() => {}) // whoever waits for it hears of it; onEnd too

  return {
    name,
    ready,
    async stop() {
      stopping = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 8000)
      await ended
      clearTimeout(timer)
    },
  }
}

function nodeArguments({ file, preload }: ServiceOptions): string[] {
  return [
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning', // kafkajs 2.2 on Node 24
    '--conditions=@waybill/source', // from this checkout: the packages' sources, not their builds
    ...(preload ? ['--require', '@waybill/node/register'] : []),
    '--require',
    join(import.meta.dirname, 'leash.cjs'),
    join('services', file),
  ]
}

function parseLine(service: string, text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const fields = JSON.parse(text) as Record<string, unknown>
    const { level, msg } = fields
    return typeof level === 'number' && typeof msg === 'string' ? { service, msg, fields } : undefined
  } catch {
    return undefined
  }
}

function hint(said: string, env: ServiceOptions['env']): string {
  if (said.includes('EADDRINUSE')) {
    return `: port ${env['PORT']} is in use. Set PORT to another one, or leave it unset for any free one`
  }
  const error = said.split('\n').find((line) => /error\b.*:/i.test(line)) ?? said.trim().split('\n').at(-1)
  return error ? `: ${error.trim().slice(0, 300)}` : ''
}
