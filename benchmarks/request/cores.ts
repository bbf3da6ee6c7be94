import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Puts a command on a core. */
export type Pin = (command: string, args: readonly string[]) => [command: string, args: readonly string[]]

export interface Cores {
  readonly server: Pin
  readonly others: Pin
  /** Set where processes share cores, and the figures suffer. */
  readonly note?: string
}

/** A core for the measured server, another for all it talks with. */
export function chooseCores(): Cores {
  const unpinned: Pin = (command, args) => [command, args]
  const shared = (reason: string): Cores => ({
    server: unpinned,
    others: unpinned,
    note: `not pinned, ${reason}: load and server take turns on the same cores`,
  })
  let list: string
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    list = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]!
  } catch {
    return shared('taskset (util-linux) is not there')
  }
  const cores = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
  if (cores.length < 2) return shared('there is one core only')
  const on =
    (core: number | undefined): Pin =>
    (command, args) => ['taskset', ['-c', String(core), command, ...args]]
  return { server: on(cores[0]), others: on(cores[1]) }
}
