import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A process that is ended together with this one, however that ends. */
export interface Running {
  readonly child: ChildProcess
  readonly exited: Promise<number | string>
  /** The end of what it wrote on stderr. */
  complaint(): string
}

export interface StartOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Of `[stdin, stdout, stderr, …]`: from the fourth on; stdin and stdout are the null device. */
  readonly channels?: readonly ('ipc' | 'pipe')[]
}

const started = new Set<ChildProcess>()

export function start(command: string, args: readonly string[], options: StartOptions = {}): Running {
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', ...(options.channels ?? [])]
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio,
    // A group of its own: npm and taskset have processes below them, which end with it.
    detached: true,
  })
  started.add(child)
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-20_000)
  })
  const exited = new Promise<number | string>((resolve, reject) => {
    child.on('exit', (code, signal) => {
      started.delete(child)
      resolve(code ?? String(signal))
    })
    child.on('error', (error) => {
      started.delete(child)
      reject(error)
    })
  })
  // Who does not await it is told by what it was started for.
  exited.catch(() => {})
  return { child, exited, complaint: () => complaint.trim() }
}

/** Run to the end. @throws Error with its last words when it fails */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options?: StartOptions,
): Promise<void> {
  const running = start(command, args, options)
  const end = await running.exited
  if (end !== 0) {
    const words = running.complaint().split('\n').slice(0, 5).join(' ')
    throw new Error(`${command} ${args[0]} ended with ${end}: ${words}`)
  }
}

/**
 * @param work what a process does: its end is the end of that too
 * @throws Error when it takes longer than `timeout` milliseconds; the process is ended then
 */
export async function inTime<T>(work: Promise<T>, running: Running, timeout: number): Promise<T> {
  let late = false
  const timer = setTimeout(() => {
    late = true
    kill(running.child)
  }, timeout)
  const result = await work.finally(() => clearTimeout(timer))
  if (late) throw new Error(`nothing happened within ${timeout / 1000} s`)
  return result
}

export async function stop(running: Running): Promise<void> {
  kill(running.child)
  await running.exited
}

/**
 * Send a message and wait for the answer. One at a time: both ends of these channels are ours.
 * @throws Error when the process ends, or says nothing for `timeout` milliseconds
 */
export async function ask<Answer>(running: Running, question: unknown, timeout = 30_000): Promise<Answer> {
  const answer = hear<Answer>(running, timeout)
  running.child.send(question as object)
  return await answer
}

/** The next message of a process; throws as `ask` does. */
export async function hear<Answer>(running: Running, timeout = 30_000): Promise<Answer> {
  const stopWaiting = new AbortController()
  const { signal } = stopWaiting
  const timer = setTimeout(() => stopWaiting.abort(), timeout)
  try {
    const ended = running.exited.then((end) => {
      throw new Error(`it ended with ${end}: ${running.complaint()}`)
    })
    const [answer] = (await Promise.race([once(running.child, 'message', { signal }), ended])) as [Answer]
    return answer
  } catch (error) {
    if (signal.aborted) throw new Error(`no answer within ${timeout / 1000} s`, { cause: error })
    throw error
  } finally {
    clearTimeout(timer)
    stopWaiting.abort()
  }
}

/** Environment of a measured process: of ours only what no Node or SDK reads. */
export function cleanEnv(more: Record<string, string>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(kept), WAYBILL_SPOOL_DIR: spoolFolder(), ...more }
}

let spools = ''
let processes = 0

/** One for each process: what it cannot deliver is neither the next one's work nor left with the user. */
function spoolFolder(): string {
  if (spools === '') {
    spools = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
    process.on('exit', () => rmSync(spools, { recursive: true, force: true }))
  }
  return join(spools, String(processes++))
}

/** Our own end, by a signal too, is the end of everything started. */
export function endProcessesOnExit(): void {
  process.on('exit', () => {
    started.forEach(kill)
  })
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => process.exit(code))
  }
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}
