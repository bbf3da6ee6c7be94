import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../packages/node/test/support/free-port.ts'

export interface RunningRedis {
  readonly port: number
  stop(): Promise<void>
}

/** A Redis of its own on any port; undefined where `redis-server` is not on PATH. */
export async function startRedis(): Promise<RunningRedis | undefined> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const remove = (): void => rmSync(folder, { recursive: true })
  const ready = await new Promise<boolean>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Ready to accept connections')) resolve(true)
    })
    child.on('error', () => resolve(false))
    child.on('exit', () => resolve(false))
  })
  if (!ready) {
    remove()
    return undefined
  }
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  return {
    port,
    async stop() {
      child.kill()
      await ended
      remove()
    },
  }
}
