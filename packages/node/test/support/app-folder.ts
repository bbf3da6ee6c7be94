import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Another Node, and another form of the preload, to try by hand: paths of the program and of the file. */
export const NODE: string = process.env['WAYBILL_TEST_NODE'] ?? process.execPath
export const REGISTER: string =
  process.env['WAYBILL_TEST_REGISTER'] ?? join(__dirname, '../../src/register.ts')
/** Flags that every start needs, and those of the usual preload. */
export const BASE: readonly string[] = REGISTER.endsWith('.ts') ? ['--conditions=@waybill/source'] : []
export const PRELOAD: readonly string[] = [...BASE, '--require', REGISTER]

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** @default Node */
  readonly program?: string
  readonly cwd?: string
}

/** A folder outside of the workspace, as users have one. */
export class AppFolder {
  readonly path: string

  constructor(name: string) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)))
  }

  /** Path → contents. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, contents] of Object.entries(files)) {
      const file = join(this.path, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, contents)
    }
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true })
    symlinkSync(join(this.path, target), join(this.path, path))
  }

  /** Run a program in it to its end, with nothing of this process's telemetry settings. */
  async run(
    args: readonly string[],
    { env = {}, stdin = '', program = NODE, cwd = '.' }: Start = {},
  ): Promise<Ended> {
    const child = spawn(program, args, {
      cwd: join(this.path, cwd),
      env: { ...cleanEnv(), ...env },
      timeout: 40_000,
      killSignal: 'SIGKILL',
    })
    // It may end without reading it.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
    return ended(child)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Resolves when the program is over, with what it has printed. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

export function cleanEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && !/^(?:OTEL_|WAYBILL_|NODE_OPTIONS|NODE_V8|JEST_|npm_)/.test(name),
  )
  return { ...(Object.fromEntries(entries) as Record<string, string>), WAYBILL_SPOOL: 'false' }
}

/** A stand-in for mysql: each query is a span, whose `db.query.text` says by which way it came. */
export const MYSQL = `
  const make = () => ({ config: {}, query(sql, done) { done(null, []) } })
  exports.createConnection = (...args) => make(...args)
  exports.createPool = (...args) => make(...args)
  exports.createPoolCluster = (...args) => make(...args)
`

/** The same as an ES module. */
export const ES_MYSQL = `
  const make = () => ({ config: {}, query(sql, done) { done(null, []) } })
  export const createConnection = () => make()
  export const createPool = () => make()
  export const createPoolCluster = () => make()
  export default { createConnection, createPool, createPoolCluster }
`

export const manifest = (name: string, more: object = {}): string =>
  JSON.stringify({ name, version: '2.18.1', main: 'index.js', ...more })

/** Code: a query by what is in the variable \`mysql\`. */
export const query = (way: string, mysql = 'mysql'): string =>
  `${mysql}.createConnection({}).query(${JSON.stringify(way)}, () => {})`
