// One server of a subject under load, in three phases: as much as it takes, then two fixed rates.
import { setTimeout as delay } from 'node:timers/promises'
import { ask, cleanEnv, hear, start, stop, type Running } from '../processes.ts'
import type { Subject } from '../subjects.ts'
import type { Around } from './around.ts'
import type { Pin } from './cores.ts'
import type { FullLoad, LoadPhase, RateLoad } from './load.ts'

export interface Place {
  readonly folder: string
  readonly pin: Pin
  readonly around: Around
}

export interface FullFigures {
  /** Microseconds, all threads. */
  readonly cpuPerRequest: number
  readonly perSecond: number
  /** CPU seconds a second. */
  readonly coreShare: number
  readonly spansPerRequest: number
  /** Bytes, at the end of the window. */
  readonly rss: number
}

const WARM_UP = 3
const WINDOW = 5
const RATE_PHASE = 3

interface Window {
  readonly seconds: number
  /** Microseconds. */
  readonly cpu: number
  readonly served: number
  /** Bytes. */
  readonly rss: number
}

/**
 * @param rates requests a second, given what the full load came to
 * @returns for each rate the 99th percentile in milliseconds, undefined where the server could not keep up
 */
export async function runRequests(
  subject: Subject,
  { folder, pin, around }: Place,
  rates: (full: FullFigures) => readonly number[],
): Promise<{ full: FullFigures; p99: (number | undefined)[] }> {
  const [command, args] = pin(process.execPath, [...subject.preload, './app.cjs'])
  const server = start(command, args, {
    cwd: folder,
    env: cleanEnv({ ...subject.env(around.collector), BENCH_DOWNSTREAM: around.downstream }),
    channels: ['ipc'],
  })
  try {
    const { port } = await hear<{ port: number }>(server)
    const url = `http://127.0.0.1:${port}/items/42`
    const full = await fullLoad(server, around, url)
    const p99: (number | undefined)[] = []
    for (const perSecond of rates(full)) p99.push(await rateLoad(around.load, url, perSecond))
    return { full, p99 }
  } finally {
    await stop(server)
  }
}

async function fullLoad(server: Running, { load, sink }: Around, url: string): Promise<FullFigures> {
  const phase: LoadPhase = { kind: 'full', url, seconds: WARM_UP + WINDOW + 1 }
  const loaded = ask<FullLoad>(load, phase)
  let window: Window
  try {
    await delay(WARM_UP * 1000)
    await ask(sink, 'hold')
    await ask(server, 'begin')
    await delay(WINDOW * 1000)
    window = await ask<Window>(server, 'end')
    await ask(sink, 'release')
  } finally {
    // Its answer is not to be taken for that of the next phase.
    await loaded.catch(() => {})
  }
  const { failed } = await loaded
  const { spans } = await ask<{ spans: number }>(sink, 'count')
  if (failed > 0) throw new Error(`${failed} requests failed`)
  if (window.served === 0) throw new Error('no request was served')
  return {
    cpuPerRequest: window.cpu / window.served,
    perSecond: window.served / window.seconds,
    coreShare: window.cpu / 1e6 / window.seconds,
    spansPerRequest: spans / window.served,
    rss: window.rss,
  }
}

async function rateLoad(load: Running, url: string, perSecond: number): Promise<number | undefined> {
  const phase: LoadPhase = { kind: 'rate', url, seconds: RATE_PHASE, perSecond }
  const { sent, answered, p99 } = await ask<RateLoad>(load, phase)
  return answered < sent * 0.98 ? undefined : p99
}
