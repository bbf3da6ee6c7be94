import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface NodeOptions {
  /** All it has of telemetry settings. */
  readonly env?: Readonly<Record<string, string>>
  /** Below `libraries/`. @default '.' */
  readonly folder?: string
  /** The program. @default the Node that runs this */
  readonly node?: string
  /** Milliseconds until it is ended. @default 30000 */
  readonly timeout?: number
}

export const ROOT: string = join(import.meta.dirname, '..')
/** The preload, from source. */
export const PRELOAD = ['--conditions=@waybill/source', '--require', '@waybill/node/register'] as const
/** The preload as `npm run build` makes it. */
export const BUILT = ['--require', '@waybill/node/register'] as const

/** Run Node with these arguments to its end, without this process's telemetry settings. */
export function runNode(args: readonly string[], options: NodeOptions = {}): Promise<Outcome> {
  const { env = {}, folder = '.', node = process.execPath, timeout = 30_000 } = options
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|WAYBILL_|NODE_OPTIONS|JEST_)/.test(name)),
  )
  const child = spawn(node, args, {
    cwd: join(ROOT, folder),
    // What one program could not deliver would come with the next one's.
    env: { ...clean, WAYBILL_SPOOL: 'false', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    // Upstream's preload stays where it is asked to end.
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
