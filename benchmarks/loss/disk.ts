// A folder that takes next to nothing.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Disk {
  readonly folder: string
  /** Starts a command so that the disk is as small as it should be for it. */
  wrap(command: string, args: readonly string[]): [command: string, args: readonly string[]]
  release(): void
}

export function roomyDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  return {
    folder,
    wrap: (command, args) => [command, args],
    release: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A file system of 256 KiB where mounting is permitted; else a process that may write no file at all. */
export function tinyDisk(): Disk {
  const disk = roomyDisk()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', disk.folder], {
      stdio: 'ignore',
    })
  } catch {
    return {
      ...disk,
      wrap: (command, args) => ['bash', ['-c', 'ulimit -f 0; exec "$0" "$@"', command, ...args]],
    }
  }
  const release = (): void => {
    process.off('exit', release)
    execFileSync('umount', [disk.folder], { stdio: 'ignore' })
    disk.release()
  }
  // However the benchmark ends, the mount ends with it.
  process.on('exit', release)
  return { ...disk, release }
}

/** Bytes of the files in a folder and below it. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
