import type { Bench, BenchRequest, BenchResult } from '../bench.ts'
import { installTracers } from '../install.ts'
import { interleave } from '../interleave.ts'
import { overBare, toRows, type Sample } from '../stats.ts'
import { bareSdk, peer, waybill, waybillSource } from '../subjects.ts'
import { judgeExport } from './bars.ts'
import { DELAY, EXPORT_CPU, MAIN_CPU, scenarios, SHARE } from './scenarios.ts'

export const exporting: Bench = { rounds: 3, peers: ['upstream'], takes: ['scenario', 'source'], run }

async function run({ peers, rounds, scenario, source, progress }: BenchRequest): Promise<BenchResult> {
  const { folders, notes } = await installTracers(peers, source, progress)
  const chosen = scenarios(rounds, ({ install }) => folders.get(install)!).filter(({ name }) =>
    name.includes(scenario),
  )
  if (chosen.length === 0) throw new Error(`no scenario has "${scenario}" in its name`)
  const subjects = [bareSdk, source ? waybillSource : waybill, ...peers.map(peer)].filter(
    ({ install, name, otlp }) => folders.has(install) && (otlp || name === 'bare'),
  )
  const samples: Sample[] = []
  for (const one of chosen) samples.push(...(await interleave(one, subjects, progress, notes)))
  samples.push(...overBare(samples, DELAY, `${DELAY} over bare`))
  samples.push(...perDelivered(overBare(samples, MAIN_CPU, EXPORT_CPU), samples))
  if (!('threadCpuUsage' in process)) notes.push('this Node does not tell the CPU time of one thread')
  return { samples, notes: [...notes, ...judgeExport(toRows(samples))] }
}

/** CPU a span that arrived: who drops three spans of four has less to do for each that is made. */
function perDelivered(cpu: readonly Sample[], samples: readonly Sample[]): Sample[] {
  return cpu.flatMap((sample) => {
    const { subject, scenario, round } = sample
    const share = samples.find(
      (it) => it.metric === SHARE && it.subject === subject && it.scenario === scenario && it.round === round,
    )
    return share && share.value > 0 ? [{ ...sample, value: sample.value / (share.value / 100) }] : []
  })
}
