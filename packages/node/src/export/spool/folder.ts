import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { shortHash } from './name.ts'

// The one place that touches the disk. The folder of a service is this user's alone.

export const SET_ASIDE = 'set-aside'
const MAX_SET_ASIDE = 16

/** Where the files of a service are. */
export function folderOf(dir: string, service: string): string {
  const plain = service.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)
  // Two names must not become one folder.
  return join(dir, plain === service && plain !== '' ? plain : `${plain}.${shortHash(service)}`)
}

/**
 * Make sure that a folder is there, and that nobody else has a hand in it.
 *
 * @throws with the reason, where it cannot be used
 */
export function openFolder(dir: string, folder: string): void {
  makeFolder(dir)
  const uid = process.getuid?.()
  const owner = fs.statSync(dir).uid
  // A volume is often root's. In a temporary folder anybody could have made ours before us.
  if (uid !== undefined && owner !== uid && owner !== 0) throw new Error(`${dir} belongs to another user`)
  makeFolder(folder)
  checkFolder(folder)
}

/**
 * With its parents.
 * Node's own `recursive` never returns in a file system that answers ENOENT for good, as /proc does.
 */
export function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    const parent = dirname(folder)
    if (code !== 'ENOENT' || parent === folder || fs.existsSync(parent)) throw error
    makeFolder(parent)
    makeFolder(folder)
  }
}

/** @throws where the folder is not there, or not only ours */
export function checkFolder(folder: string): void {
  const stat = fs.lstatSync(folder)
  if (!stat.isDirectory()) throw new Error(`${folder} is not a folder`)
  const uid = process.getuid?.()
  if (uid === undefined) return
  if (stat.uid !== uid) throw new Error(`${folder} belongs to another user`)
  if ((stat.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700)
}

// Windows has neither O_NOFOLLOW nor O_NONBLOCK: undefined is 0 in `|`.

/** Names in a folder, `most` at the most. */
export function list(folder: string, most: number): string[] {
  const names: string[] = []
  const dir = fs.opendirSync(folder, { bufferSize: 512 })
  try {
    for (let next = dir.readSync(); next && names.length < most; next = dir.readSync()) names.push(next.name)
  } finally {
    dir.closeSync()
  }
  return names
}

/** Write a new file; one that could not be written whole is not left behind. */
export function writeNew(path: string, parts: Buffer[]): void {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = fs.constants
  const fd = fs.openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600)
  try {
    try {
      let left = parts
      while (left.length > 0) left = after(left, fs.writevSync(fd, left))
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw error
  }
}

/** What is still to be written after `written` bytes: a full disk may take a part. */
function after(parts: Buffer[], written: number): Buffer[] {
  const left: Buffer[] = []
  for (const part of parts) {
    if (written < part.length) left.push(part.subarray(written))
    written = Math.max(0, written - part.length)
  }
  return left
}

/** The bytes of a plain file of at most `most` bytes; undefined where it is anything else. */
export function readPlain(path: string, most: number): Buffer<ArrayBuffer> | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  let fd: number
  try {
    // A pipe would block the thread, a link could lead anywhere.
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EMFILE') throw error
    return undefined
  }
  try {
    const stat = fs.fstatSync(fd)
    const { size } = stat
    if (!stat.isFile() || size > most) return undefined
    const bytes = Buffer.from(new ArrayBuffer(size))
    let read = 0
    while (read < size) {
      const more = fs.readSync(fd, bytes, read, size - read, null)
      if (more === 0) return undefined
      read += more
    }
    return bytes
  } finally {
    fs.closeSync(fd)
  }
}

/** False where it was gone already. */
export function unlink(path: string): boolean {
  try {
    fs.unlinkSync(path)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

export function rename(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** What is not whole, or not ours, is kept for a person to see, up to a number of files. */
export function moveAside(folder: string, file: string, name: string): void {
  const aside = join(folder, SET_ASIDE)
  try {
    makeFolder(aside)
    const kept = list(aside, MAX_SET_ASIDE * 4).toSorted()
    const tooMany = Math.max(0, kept.length - MAX_SET_ASIDE + 1)
    for (const oldest of kept.slice(0, tooMany)) discard(join(aside, oldest))
    fs.renameSync(join(folder, file), join(aside, name))
  } catch {
    discard(join(folder, file))
  }
}

/** A folder with something in it stays. */
function discard(path: string): void {
  try {
    fs.unlinkSync(path)
  } catch {
    try {
      fs.rmdirSync(path)
    } catch {
      // It is not taken again by this process; the next one tries once more.
    }
  }
}
