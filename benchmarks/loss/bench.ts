import type { Bench, BenchRequest, BenchResult } from '../bench.ts'
import type { Protocol } from '../collector/listen.ts'
import { installTracers } from '../install.ts'
import { recorder, type Sample } from '../stats.ts'
import { peer, waybill, waybillSource, type Subject } from '../subjects.ts'
import { judgeLoss } from './bars.ts'
import { play, type Played } from './play.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

export const loss: Bench = {
  rounds: 1,
  peers: ['upstream', '@elastic/opentelemetry-node'],
  takes: ['scenario', 'source'],
  run,
}

const PROTOCOLS: readonly Protocol[] = ['grpc', 'http']

interface Part {
  readonly scenario: Scenario
  readonly protocol: Protocol
  readonly name: string
}

async function run({ peers, rounds, scenario: text, source, progress }: BenchRequest): Promise<BenchResult> {
  const parts = SCENARIOS.flatMap((scenario) =>
    PROTOCOLS.map((protocol) => ({ scenario, protocol, name: `${scenario.name}, ${protocol}` })),
  ).filter(({ name }) => name.includes(text))
  if (parts.length === 0) throw new Error(`no scenario has "${text}" in its name`)
  const { folders, notes } = await installTracers(peers, source, progress)
  const own = source ? waybillSource : waybill
  const subjects = [own, ...peers.map(peer)].filter(({ install, otlp }) => otlp && folders.has(install))
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [{ name, alone }, together] of Map.groupBy(parts, ({ scenario }) => scenario)) {
      progress(`round ${round + 1} of ${rounds}: ${name}`)
      const plays = together.flatMap((part) =>
        subjects
          .filter((subject) => subject === own || !part.scenario.spooling)
          .map((subject) => async () => {
            const played = await playOne(part, subject, folders.get(subject.install)!, notes)
            if (played) record(samples, subject, part.name, round, played)
          }),
      )
      // Most are waiting: what is lost does not depend on the others.
      if (alone) for (const one of plays) await one()
      else await Promise.all(plays.map((one) => one()))
    }
  }
  // Those of one subject did not end in this order.
  const order = parts.flatMap(({ name }) => subjects.map((subject) => `${name} ${subject.name}`))
  samples.sort((a, b) => order.indexOf(keyOf(a)) - order.indexOf(keyOf(b)))
  return { samples, notes: [...notes, ...judgeLoss(samples)] }
}

const keyOf = ({ scenario, subject }: Sample): string => `${scenario} ${subject}`

async function playOne(
  { scenario, protocol, name }: Part,
  subject: Subject,
  folder: string,
  notes: string[],
): Promise<Played | undefined> {
  try {
    const played = await play(scenario, protocol, subject, folder)
    for (const note of played.notes) notes.push(`${subject.name} in "${name}": ${note}`)
    return played
  } catch (error) {
    const message = `${subject.name} failed in "${name}": ${(error as Error).message}`
    if (subject.name === 'waybill') throw new Error(message, { cause: error })
    notes.push(message)
    return undefined
  }
}

function record(samples: Sample[], { name }: Subject, scenario: string, round: number, played: Played): void {
  const { sent, arrived, duplicated, counted, exit, onDisk } = played
  const sample = recorder(samples, name, scenario, round)
  sample('sent', '', sent)
  sample('arrived', '', arrived)
  sample('lost', '', sent - arrived)
  sample('counted lost', '', counted)
  sample('duplicated', '', duplicated)
  if (exit !== undefined) sample('exit', 'ms', exit)
  if (onDisk > 0) sample('on disk', 'KiB', onDisk / 1024)
}
