import { join } from 'node:path'
import { rotated, type Bench, type BenchRequest, type BenchResult } from '../bench.ts'
import { installSubjects, installTools } from '../install.ts'
import { overBare, recorder, toRows, type Sample } from '../stats.ts'
import { bare, peer, waybill, waybillDisabled, withEnv, type Subject } from '../subjects.ts'
import { startAround } from './around.ts'
import { judgeRequest } from './bars.ts'
import { chooseCores } from './cores.ts'
import { runRequests, type FullFigures } from './run.ts'

const FILES = ['request/app.cjs', 'preloads/sentry.cjs', 'preloads/vercel-otel.cjs'].map((file) =>
  join(import.meta.dirname, '..', file),
)
/** Of what bare Node served at full load. Who needs three times its CPU cannot keep up with the first. */
const RATES = [0.4, 0.15]
/** A server at full load has nothing to wait for: it uses its core, but for what others take of it. */
const BUSY = 0.95

export const request: Bench = { rounds: 3, run }

async function run({ peers, rounds, progress }: BenchRequest): Promise<BenchResult> {
  const { installations, notes } = await installSubjects(peers, FILES, progress)
  const tools = await installTools(progress)
  const cores = chooseCores()
  if (cores.note) notes.push(cores.note)
  let subjects = [...sampled(waybill), waybillDisabled, ...peers.flatMap(subjectsOf)].filter(({ install }) =>
    installations.has(install),
  )
  const samples: Sample[] = []
  const behind: [rate: string, name: string][] = []
  const disturbed = new Set<string>()
  const around = await startAround(cores.others, tools)
  const measure = async (subject: Subject, round: number, limit?: number): Promise<FullFigures> => {
    progress(`round ${round + 1} of ${rounds}: ${subject.name}`)
    const { folder } = installations.get(subject.install)!
    const { full, p99 } = await runRequests(subject, { folder, pin: cores.server, around }, ({ perSecond }) =>
      RATES.map((share) => share * (limit ?? perSecond)),
    )
    recordFull(samples, subject, round, full)
    if (full.coreShare < BUSY) disturbed.add(subject.name)
    for (const [index, share] of RATES.entries()) {
      const value = p99[index]
      if (value !== undefined) recorder(samples, subject.name, atRate(share), round)('p99', 'ms', value)
      else behind.push([atRate(share), subject.name])
    }
    return full
  }
  try {
    for (let round = 0; round < rounds; round++) {
      // First, because the fixed rates of the others are shares of what it served.
      const { perSecond } = await measure(bare, round)
      for (const subject of rotated(subjects, round)) {
        try {
          await measure(subject, round, perSecond)
        } catch (error) {
          if (subject.install === 'waybill') throw error
          notes.push(`${subject.name} failed: ${(error as Error).message}`)
          subjects = subjects.filter((other) => other !== subject)
        }
      }
    }
  } finally {
    await around.stop()
  }
  for (const [rate, some] of Map.groupBy(behind, ([rate]) => rate)) {
    const names = new Set(some.map(([, name]) => name))
    notes.push(`no p99 ${rate}, because they could not keep up: ${[...names].join(', ')}`)
  }
  if (disturbed.size > 0) {
    const names = [...disturbed].join(', ')
    notes.push(
      `less than ${BUSY * 100} % of a core at full load; is the machine doing something else? ${names}`,
    )
  }
  samples.push(...overBare(samples, 'cpu a request', 'cpu over bare'))
  return { samples, notes: [...notes, ...judgeRequest(toRows(samples))] }
}

function recordFull(samples: Sample[], subject: Subject, round: number, full: FullFigures): void {
  const record = recorder(samples, subject.name, 'full load', round)
  record('cpu a request', 'µs', full.cpuPerRequest)
  record('requests', '/s', full.perSecond)
  if (subject.otlp) record('spans a request', '', full.spansPerRequest)
  record('rss', 'MiB', full.rss / 2 ** 20)
}

function subjectsOf(name: string): Subject[] {
  const subject = peer(name)
  return name === 'upstream' ? sampled(subject) : [subject]
}

function sampled(subject: Subject): Subject[] {
  const { name } = subject
  return [
    subject,
    withEnv(subject, `${name}-10%`, {
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    }),
    withEnv(subject, `${name}-always_off`, { OTEL_TRACES_SAMPLER: 'always_off' }),
  ]
}

const atRate = (share: number): string => `at ${share * 100} % of bare`
