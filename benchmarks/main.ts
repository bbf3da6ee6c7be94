// npm run bench -- NAME: what a table of docs/guide/benchmarks.md is made of.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import type { Bench } from './bench.ts'
import { BENCHES, readCommand, type Command } from './command.ts'
import { endProcessesOnExit } from './processes.ts'
import { toRows, type Result } from './stats.ts'
import { PEERS } from './subjects.ts'
import { drawTables } from './table.ts'

async function main(): Promise<void> {
  let command: Command | undefined
  let bench: Bench
  try {
    command = readCommand(process.argv.slice(2))
    if (!command) {
      for (const [name, { does }] of Object.entries(BENCHES)) console.log(`${name.padEnd(10)}${does}`)
      return
    }
    bench = await command.bench.load()
    refuseWhatItLacks(bench, command)
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`)
    process.exitCode = 2
    return
  }
  endProcessesOnExit()
  const { samples, notes } = await bench.run({
    peers: command.peers ?? bench.peers ?? Object.keys(PEERS),
    rounds: command.rounds ?? bench.rounds,
    scenario: command.scenario ?? '',
    source: command.source,
    progress: (line) => console.error(line),
  })
  const rows = toRows(samples)
  console.log(drawTables(rows))
  for (const note of notes) console.log(`- ${note}`)
  if (command.json !== undefined) {
    const cores = cpus()
    const result: Result = {
      bench: command.name,
      node: process.version,
      date: new Date().toISOString(),
      cpu: `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}`,
      rows,
    }
    writeFileSync(resolve(standsIn(), command.json), `${JSON.stringify(result, undefined, 2)}\n`)
  }
}

function refuseWhatItLacks({ takes = [] }: Bench, { name, scenario, source }: Command): void {
  if (scenario !== undefined && !takes.includes('scenario')) throw new Error(`${name} has no --scenario`)
  if (source && !takes.includes('source')) throw new Error(`${name} has no --source`)
}

/** Where the user stands. npm runs scripts in the package's folder, and npx sets INIT_CWD to it as well. */
const standsIn = (): string => process.env['BENCH_FROM'] || process.env['INIT_CWD'] || '.'

try {
  await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exitCode = 1
}
// A process of a subject that cannot be ended, or an open socket of the load, does not hold the answer up.
process.exit()
