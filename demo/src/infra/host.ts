import { fork, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a child sends its starter: once, when it is up or cannot be. */
export type HostMessage<T> = { ready: T } | { failed: string }

export interface Host<T> {
  /** What the child said about itself. */
  ready: T
  /** Ask the child to put everything away; killed when that takes more than ten seconds. */
  stop(): Promise<void>
}

export interface HostOptions {
  args?: string[]
  /** Each line the child writes to stdout. */
  onLine?: (line: string, child: ChildProcess) => void
  timeoutMs?: number
}

/**
 * Start `file` (it calls `hosted`) as a child process and wait until it is ready. It is in a process group of
 * its own, so that Ctrl-C in the terminal reaches only its starter; it stops itself when the starter is gone,
 * however that ended.
 *
 * @throws Error with the child's reason
 */
export async function startHost<T>(file: string, options: HostOptions = {}): Promise<Host<T>> {
  const { args = [], onLine, timeoutMs = 60_000 } = options
  const child = fork(file, args, {
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: bareEnv(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const stop = stopper(child)
  let errors = ''
  child.stderr?.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-4000)))
  if (onLine) createInterface({ input: child.stdout! }).on('line', (line) => onLine(line, child))
  else child.stdout?.resume()

  try {
    return { ready: await firstMessage<T>(child, timeoutMs, () => errors), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function firstMessage<T>(child: ChildProcess, timeoutMs: number, errors: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer)
      reject(new Error([reason, errors().trim()].filter(Boolean).join(': ')))
    }
    const timer = setTimeout(fail, timeoutMs, `not ready within ${timeoutMs / 1000} s`)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? `code ${code}`}`))
    child.once('message', (message: HostMessage<T>) => {
      if ('failed' in message) return fail(message.failed)
      clearTimeout(timer)
      resolve(message.ready)
    })
  })
}

function stopper(child: ChildProcess): () => Promise<void> {
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return async () => {
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
}

/** The environment without what would load code into the child. */
function bareEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _dropped, ...env } = process.env
  return env
}
