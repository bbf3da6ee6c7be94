// One scenario with one subject: the process that makes spans, the next one of its service, and what arrived of both.
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { startCollector } from '../collector/collector.ts'
import type { Protocol } from '../collector/listen.ts'
import { cleanEnv, inTime, start, stop } from '../processes.ts'
import type { Subject } from '../subjects.ts'
import { countLost } from './counted.ts'
import { bytesIn, roomyDisk, tinyDisk, type Disk } from './disk.ts'
import type { Plan } from './plan.ts'
import type { Scenario } from './scenarios.ts'

export interface Played {
  /** Spans made by the app. */
  readonly sent: number
  /** Of these, told apart by their ids. */
  readonly arrived: number
  /** Spans that came once more. */
  readonly duplicated: number
  /** Spans that the subject said to be lost. */
  readonly counted: number
  /** Milliseconds from the end of the app's work to that of the process; undefined when it did not end. */
  readonly exit: number | undefined
  /** Bytes that waited on disk when the first process had ended. */
  readonly onDisk: number
  readonly notes: readonly string[]
}

interface Ended {
  readonly made: number
  readonly exit: number | undefined
  readonly end: number | string
  readonly stderr: string
}

/** What a process may need to end, in milliseconds. */
const PATIENCE = 15_000
/** To load an SDK on a machine with other things to do, and to make the spans in the plan. */
const SLOW = 60_000

export async function play(
  scenario: Scenario,
  protocol: Protocol,
  subject: Subject,
  folder: string,
): Promise<Played> {
  const collector = await startCollector(protocol, scenario.behaviour ?? { latency: 0 })
  const disk = scenario.tinyDisk ? tinyDisk() : roomyDisk()
  const env = cleanEnv({
    ...subject.env(collector.url),
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol === 'grpc' ? 'grpc' : 'http/protobuf',
    WAYBILL_SPOOL_DIR: disk.folder,
    ...scenario.env,
  })
  const live = (plan: Plan, began?: () => Promise<void>): Promise<Ended> =>
    runPlan(plan, { subject, folder, env, disk, began })
  try {
    if (scenario.dead) await collector.down()
    const { weather } = scenario
    const first = await live(scenario.plan, weather && (() => weather(collector)))
    const onDisk = bytesIn(disk.folder)
    const notes = first.end === EXPECTED[scenario.plan.end] ? [] : [`ended with ${first.end}`]
    let sent = first.made
    let stderr = first.stderr
    if (scenario.next) {
      await collector.up()
      const next = await live(scenario.next)
      sent += next.made
      stderr += `\n${next.stderr}`
    }
    const { spans, again } = await collector.arrived()
    const { spans: counted, vague } = countLost(stderr)
    return {
      sent,
      arrived: spans,
      duplicated: again,
      counted,
      exit: first.exit,
      onDisk,
      notes: [...notes, ...vague],
    }
  } finally {
    await collector.stop()
    disk.release()
  }
}

/** As bare Node ends: what is measured must not change it. */
const EXPECTED: Readonly<Record<Plan['end'], number | string>> = {
  natural: 0,
  exit: 0,
  throw: 1,
  reject: 1,
  SIGINT: 'SIGINT',
  SIGHUP: 'SIGHUP',
  serve: 'SIGTERM',
}

interface Life {
  readonly subject: Subject
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly disk: Disk
  /** Is called when the first spans are made; its end is awaited. */
  readonly began: (() => Promise<void>) | undefined
}

async function runPlan(plan: Plan, { subject, folder, env, disk, began }: Life): Promise<Ended> {
  const app = join(import.meta.dirname, 'app.cjs')
  const [command, args] = disk.wrap(process.execPath, [...subject.preload, app, JSON.stringify(plan)])
  const running = start(command, args, { cwd: folder, env, channels: ['pipe'] })
  let endedAt = 0
  running.child.once('exit', () => (endedAt = performance.now()))
  try {
    const lines = createInterface({ input: running.child.stdio[3] as Readable })[Symbol.asyncIterator]()
    const line = async (): Promise<{ made?: number }> => {
      const { value, done } = await inTime(lines.next(), running, SLOW)
      if (done) throw new Error(`it ended before it had made its spans: ${running.complaint()}`)
      return JSON.parse(value) as { made?: number }
    }
    await line()
    const weather = began?.()
    const { made = 0 } = await line()
    const worked = performance.now()
    if (plan.end === 'serve') running.child.kill('SIGTERM')
    const end = await inTime(running.exited, running, PATIENCE).catch(() => undefined)
    await weather
    const exit = end === undefined ? undefined : endedAt - worked
    return { made, end: end ?? 'nothing, it had to be killed', exit, stderr: running.complaint() }
  } finally {
    await stop(running)
  }
}
