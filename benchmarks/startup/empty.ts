// `node -e 0`, measured from outside: anything loaded into it to measure would itself be a preload.
import { readFileSync } from 'node:fs'
import type { Subject } from '../subjects.ts'
import { nodeArguments, spawnIn, type Place } from './spawn.ts'

export interface Times {
  /** Milliseconds from fork to exit. */
  readonly wall: number
  /** Milliseconds, user and system, of all threads from the first to the last instruction. */
  readonly cpu: number
}

/** Runs for one value: bash says whole milliseconds. */
const BATCH = 4
// Node cannot ask for the usage of a child (wait4); bash's `time` can. Only the times go to file descriptor 3.
const TIME = `TIMEFORMAT='%3R %3U %3S'; exec 4>&2
{ time for run in ${Array.from({ length: BATCH }, (_, run) => run).join(' ')}; do "$@" 2>&4 3>&- 4>&- || exit 1; done; } 2>&3`

export async function timeEmpty(subject: Subject, place: Place): Promise<Times> {
  const bash = ['bash', '-c', TIME, 'time', ...nodeArguments(subject, ['-e', '0'])]
  const { line, ended } = spawnIn(place, subject, bash)
  await ended()
  const [wall = 0, user = 0, system = 0] = (await line()).split(' ').map(Number)
  return { wall: (wall * 1000) / BATCH, cpu: ((user + system) * 1000) / BATCH }
}

/** The most memory that was resident, in bytes; undefined where there is no /proc. */
export async function residentOfEmpty(subject: Subject, place: Place): Promise<number | undefined> {
  const { running, ended } = spawnIn(place, subject, nodeArguments(subject, ['-e', '0']))
  let kib: number | undefined
  let over = false
  const end = ended().finally(() => (over = true))
  // The high-water mark of a process is gone with its end: it is read until then. (That of getrusage is no help: it
  // begins with the size of the parent.)
  while (!over) {
    kib = highWater(running.child.pid) ?? kib
    await new Promise(setImmediate)
  }
  await end
  return kib === undefined ? undefined : kib * 1024
}

/** CommonJS modules read. */
export async function filesOfEmpty(subject: Subject, place: Place): Promise<number> {
  const args = nodeArguments(subject, ['--require', './files.cjs', '-e', '0'])
  const { line, ended } = spawnIn(place, subject, args)
  await ended()
  return (JSON.parse(await line()) as { files: number }).files
}

function highWater(pid: number | undefined): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return found ? Number(found[1]) : undefined
  } catch {
    return undefined
  }
}
