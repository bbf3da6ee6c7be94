import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

const PACKAGE = join(__dirname, '../..')
const FIXTURES = join(PACKAGE, 'test/process/fixtures')

export interface Running {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the text printed so far once `text` is in it; rejects when the process ends without. */
  printed(text: string): Promise<string>
  readonly ended: Promise<{
    code: number | null
    signal: NodeJS.Signals | null
    stdout: string
    stderr: string
  }>
}

export interface RunOptions {
  readonly env?: Record<string, string>
  /** Node's flags. @default the preload, from source */
  readonly flags?: readonly string[]
  readonly args?: readonly string[]
}

export const PRELOAD = ['--conditions=@waybill/source', '--require', '@waybill/node/register'] as const

const alive = new Set<ChildProcess>()
// What a test that failed has left behind.
afterAll(() => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Start a fixture in a Node of its own, with nothing of this process's telemetry settings. */
export function run(fixture: string, { env = {}, flags = PRELOAD, args = [] }: RunOptions = {}): Running {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|WAYBILL_|NODE_OPTIONS|JEST_)/.test(name)),
  )
  const file = fixture.startsWith('-') ? [fixture] : [join(FIXTURES, fixture)]
  const child = spawn(process.execPath, [...flags, ...file, ...args], {
    cwd: PACKAGE,
    env: {
      ...clean,
      OTEL_SERVICE_NAME: 'fixture',
      // What one test leaves on disk would be delivered by the next one's process.
      ...(env['WAYBILL_SPOOL_DIR'] === undefined && { WAYBILL_SPOOL: 'false' }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  alive.add(child)
  child.on('close', () => alive.delete(child))
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    for (const listener of listeners) listener()
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Awaited<Running['ended']>>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  )
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve(stdout)
        }
        listeners.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without printing ${text}\n${stdout}\n${stderr}`)))
      }),
    ended,
  }
}

/** Settings that send everything to `viewer`, soon. */
export function to(viewer: { grpcUrl: string }): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_BLRP_SCHEDULE_DELAY: '50',
  }
}
