import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { cleanEnv, inTime, start, type Running } from '../processes.ts'
import type { Subject } from '../subjects.ts'

export interface Place {
  readonly folder: string
  readonly collector: string
}

export interface Spawned {
  readonly running: Running
  /** On the clock of `performance.now()`, right before the spawn. */
  readonly began: number
  /** The next line on file descriptor 3. @throws Error when the process ends without, or is too slow */
  readonly line: () => Promise<string>
  /** When it ended, on the same clock. @throws Error when it failed, or is too slow */
  readonly ended: () => Promise<number>
}

const TIMEOUT = 60_000

export const nodeArguments = (subject: Subject, args: readonly string[]): string[] => [
  process.execPath,
  ...subject.preload,
  ...args,
]

/** Start a program in a subject's folder, with its environment. */
export function spawnIn(place: Place, subject: Subject, [command, ...args]: readonly string[]): Spawned {
  const env = cleanEnv(subject.env(place.collector))
  const began = performance.now()
  const running = start(command!, args, { cwd: place.folder, env, channels: ['pipe'] })
  // Read in the event itself, not behind promises.
  let at = began
  running.child.once('exit', () => (at = performance.now()))
  const lines = createInterface({ input: running.child.stdio[3] as Readable })[Symbol.asyncIterator]()
  return {
    running,
    began,
    async line() {
      const { value, done } = await inTime(lines.next(), running, TIMEOUT)
      if (done) throw new Error(`it ended before it said anything: ${running.complaint()}`)
      return value
    },
    async ended() {
      const end = await inTime(running.exited, running, TIMEOUT)
      if (end !== 0) throw new Error(`it ended with ${end}: ${running.complaint()}`)
      return at
    },
  }
}
