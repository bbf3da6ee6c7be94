import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanEnv, ended, PRELOAD } from '../support/app-folder.ts'
import { freePort } from '../support/free-port.ts'
import { BASE } from './base.ts'
import { observed, saidIn } from './observe.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import type { CaseEnv, Cases, Observed, Result } from './types.ts'

export interface Ended {
  /** What the program reports of itself. */
  readonly seen: Readonly<Record<string, unknown>>
  readonly stderr: string
}

interface Run {
  readonly result: Observed
  readonly said: readonly string[]
}

/** Processes at once. */
const LANES = 3

/** Both sides of every case. */
export async function runAll(cases: Cases): Promise<Map<string, Result>> {
  const names = Object.keys(cases)
  const upstream = new Map<string, Run>()
  const waybill = new Map<string, Run>()
  const rest = [...names]
  const lane = async (): Promise<void> => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      waybill.set(name, await withReceiver(cases[name]!, runWaybill))
    }
  }
  const stop = (error: unknown): never => {
    rest.length = 0
    throw error
  }
  const lanes = Array.from({ length: LANES - 1 }, () => lane().catch(stop))
  await Promise.all([runUpstream(cases, upstream).then(lane).catch(stop), ...lanes])
  return new Map(
    names.map((name) => {
      const { result, said } = waybill.get(name)!
      return [name, { upstream: upstream.get(name)!.result, waybill: result, said }]
    }),
  )
}

async function runWaybill(env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [...PRELOAD, join(__dirname, 'waybill.cjs')], {
    env: { ...cleanEnv(), ...env },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  const { code, stdout, stderr } = await ended(child)
  const report = /^ORACLE (.*)$/m.exec(stdout)?.[1]
  if (code !== 0 || report === undefined) throw new Error(`ended with ${String(code)}: ${stdout}${stderr}`)
  return { seen: JSON.parse(report) as Ended['seen'], stderr }
}

/** One process for all: it takes longer to read than a case takes to run. */
async function runUpstream(cases: Cases, results: Map<string, Run>): Promise<void> {
  const child = spawn(process.execPath, [join(__dirname, 'upstream.cjs')], {
    env: cleanEnv(),
    killSignal: 'SIGKILL',
    timeout: 120_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const reports = new Map<string, Ended['seen']>()
  let heard = (): void => {}
  let gone = false
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    if (!line.startsWith('ORACLE ')) return
    const { name, seen } = JSON.parse(line.slice('ORACLE '.length)) as { name: string; seen: Ended['seen'] }
    reports.set(name, seen)
    heard()
  })
  child.on('close', () => {
    gone = true
    heard()
  })
  const reported = (name: string): Promise<Ended> =>
    new Promise((resolve, reject) => {
      heard = () => {
        const seen = reports.get(name)
        if (seen) resolve({ seen, stderr: '' })
        else if (gone) reject(new Error(`upstream’s process ended in the case ${name}`))
      }
      heard()
    })
  try {
    for (const [name, env] of Object.entries(cases)) {
      const run = (given: Record<string, string>): Promise<Ended> => {
        child.stdin.write(`${JSON.stringify({ name, env: given })}\n`)
        return reported(name)
      }
      results.set(name, await withReceiver(env, run))
    }
  } finally {
    child.kill('SIGKILL')
  }
}

async function withReceiver(
  env: CaseEnv,
  run: (env: Record<string, string>) => Promise<Ended>,
): Promise<Run> {
  const receiver = await startReceiver()
  try {
    const ended = await run(await complete(env, receiver))
    return { result: observed(ended, receiver.received()), said: saidIn(ended) }
  } finally {
    await receiver.close()
  }
}

async function complete(env: CaseEnv, { http, grpc }: Receiver): Promise<Record<string, string>> {
  const complete: Record<string, string> = {}
  let port: number | undefined
  for (const [name, value] of Object.entries({ ...BASE, ...env })) {
    if (value === null) continue
    if (value.includes('$PORT')) port ??= await freePort()
    complete[name] = value
      .replace('$HTTP_HOST', new URL(http).host)
      .replace('$GRPC_HOST', new URL(grpc).host)
      .replace('$HTTP', http)
      .replace('$GRPC', grpc)
      .replace('$PORT', String(port))
  }
  return complete
}
