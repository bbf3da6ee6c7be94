// The load, in a process of its own. node load.ts FOLDER_OF_TOOLS; then one message a phase, one answer when it ends.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../stats.ts'

export type LoadPhase =
  | { readonly kind: 'full'; readonly url: string; readonly seconds: number }
  | { readonly kind: 'rate'; readonly url: string; readonly seconds: number; readonly perSecond: number }

/** Requests that were not answered with 200. */
export interface FullLoad {
  readonly failed: number
}

export interface RateLoad {
  readonly sent: number
  /** Answered with 200 before the phase ended. */
  readonly answered: number
  /** Milliseconds. */
  readonly p99: number
}

interface Autocannon {
  (options: {
    url: string
    connections: number
    duration: number
  }): Promise<{ errors: number; non2xx: number }>
}
interface Response {
  statusCode: number
  body: { dump(): Promise<void> }
}
interface Pool {
  request(options: { path: string; method: 'GET' }): Promise<Response>
  destroy(): Promise<void>
}

const CONNECTIONS = 20
const load = createRequire(join(process.argv[2]!, 'package.json'))
const autocannon = load('autocannon') as Autocannon
const { Pool } = load('undici') as { Pool: new (origin: string, options: { connections: number }) => Pool }

process.on('message', (phase: LoadPhase) => {
  const work = phase.kind === 'full' ? fullLoad(phase) : rateLoad(phase)
  work.then(
    (answer) => process.send!(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit())
process.send!({})

/** As many as the service can answer: each connection sends the next when it has the answer. */
async function fullLoad({ url, seconds }: LoadPhase): Promise<FullLoad> {
  const { errors, non2xx } = await autocannon({ url, connections: CONNECTIONS, duration: seconds })
  return { failed: errors + non2xx }
}

/**
 * `perSecond` requests, spread evenly, whether the earlier ones are answered or not. One that finds every connection
 * busy waits, and that time counts: else a service that stalls would be asked less and look fast.
 */
async function rateLoad({ url, seconds, perSecond }: LoadPhase & { kind: 'rate' }): Promise<RateLoad> {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections: CONNECTIONS })
  const latencies: number[] = []
  let sent = 0
  let answered = 0
  const began = performance.now()
  const send = async (): Promise<void> => {
    const at = performance.now()
    const response = await pool.request({ path, method: 'GET' })
    await response.body.dump()
    if (response.statusCode !== 200) return
    answered++
    // While the connections are being opened it is not the service that is slow.
    if (at - began > seconds * 100) latencies.push(performance.now() - at)
  }
  const end = began + seconds * 1000
  for (let now = began; now < end; now = performance.now()) {
    const due = ((now - began) / 1000) * perSecond
    // What fails, or is destroyed at the end with the pool, is not among the answered.
    for (; sent < due; sent++) send().catch(() => {})
    await delay(1)
  }
  await delay(100)
  const result = { sent, answered, p99: percentile(latencies, 0.99) }
  await pool.destroy()
  return result
}
