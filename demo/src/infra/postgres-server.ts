// A process of its own: starts PostgreSQL, and removes it and its data when its starter is gone. See postgres.ts.
import { randomBytes } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { hosted, type Undo } from './hosted.ts'
import { postgresBinaries, serverUser, temporaryFolder, type ServerUser } from './postgres-files.ts'

export interface PostgresReady {
  url: string
}

/** Speed over safety: the data is thrown away with the server. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  max_connections: '60',
  lc_messages: 'C', // "ready" is read in the log
}
const USER = 'waybill'

hosted<PostgresReady>(async (undo) => {
  const user = serverUser()
  const folder = temporaryFolder(user)
  undo(() => rmSync(folder, { recursive: true, force: true }))
  const server = { folder, user, binaries: postgresBinaries(folder, user) }
  const password = randomBytes(12).toString('hex')

  await initialize(server, password, undo)
  const port = await start(server, Number(process.argv[2] ?? 0), undo)
  return { url: `postgres://${USER}:${password}@127.0.0.1:${port}/postgres` }
})

interface Server {
  folder: string
  user: ServerUser | undefined
  binaries: string
}

async function initialize(server: Server, password: string, undo: Undo): Promise<void> {
  const passwordFile = join(server.folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (server.user) chownSync(passwordFile, server.user.uid, server.user.gid)
  const initdb = run(server, 'initdb', [
    `--pgdata=${join(server.folder, 'data')}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ])
  undo(() => killed(initdb, 'SIGKILL'))
  await said(initdb, undefined)
}

/** @returns the port it listens on */
async function start(server: Server, wanted: number, undo: Undo, attempts = 3): Promise<number> {
  const port = wanted || (await freePort())
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const postgres = run(server, 'postgres', [
    '-D',
    join(server.folder, 'data'),
    '-p',
    String(port),
    ...settings,
  ])
  // SIGQUIT: at once, without a last write of data that nobody will read.
  undo(() => killed(postgres, 'SIGQUIT'))
  try {
    await said(postgres, 'ready to accept connections')
    return port
  } catch (error) {
    // A free port can be taken between the look and the use.
    if (wanted || attempts <= 1) throw error
    return start(server, wanted, undo, attempts - 1)
  }
}

function run(server: Server, program: string, args: string[]): ChildProcess {
  return spawn(join(server.binaries, 'bin', program), args, {
    cwd: server.folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...server.user,
  })
}

/** Wait until the program has said `text`, or without a text: until it has ended well. */
function said(child: ChildProcess, text: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (data: Buffer): void => {
      output = (output + data.toString()).slice(-4000)
      if (text !== undefined && output.includes(text)) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (text === undefined && code === 0) return resolve()
      const how = signal ?? `code ${code}`
      reject(new Error(`${child.spawnfile.split('/').pop()} ended with ${how}: ${output.trim()}`))
    })
  })
}

function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill(signal)
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
