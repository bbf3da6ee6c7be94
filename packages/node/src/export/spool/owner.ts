import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'
import { shortHash } from './name.ts'

// Who has a file in hand: `<place>-<pid>-<start of the process>-<thread>`. A process id alone is given out again.

/** An owner in a place whose processes cannot be asked (another container, another machine) is gone after this. */
const SILENT_FOR = 15 * 60_000

export function thisOwner(): string {
  return `${place()}-${process.pid}-${startOf(process.pid) ?? 0}-${threadId}`
}

/**
 * Does the owner still work on its file?
 *
 * @param self this thread's own token
 * @param taken when it took the file, in milliseconds since 1970
 */
export function isAlive(owner: string, self: string, taken: () => number): boolean {
  if (owner === self) return true
  const [where, pid, start, thread] = owner.split('-')
  const [here, ownPid, ownStart, ownThread] = self.split('-')
  if (where !== here) return Date.now() - taken() < SILENT_FOR
  // A process has one export worker at a time: another thread's files are a worker's that has crashed.
  if (pid === ownPid && start === ownStart) return thread === ownThread
  if (!runs(Number(pid))) return false
  const known = startOf(Number(pid))
  return known === undefined ? Date.now() - taken() < SILENT_FOR : known === start
}

function runs(pid: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Clock ticks from boot to the start of a process; undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name, with whatever is in it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Process ids mean the same where this is the same: one machine, one container. */
function place(): string {
  let space = ''
  try {
    space = readlinkSync('/proc/self/ns/pid')
  } catch {
    // Not Linux: processes have no namespaces.
  }
  return shortHash(`${hostname()} ${space}`)
}
