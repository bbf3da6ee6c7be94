// npm run bench -- NAME: what a table of docs/guide/benchmarks.md is made of.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { endProcessesOnExit } from './processes.ts'
import { toRows } from './stats.ts'
import { PEERS } from './subjects.ts'
import { drawTables } from './table.ts'

const BENCHES: Record<string, { does: string; load: () => Promise<Bench> }> = {
  startup: {
    does: 'what the preload costs until an app is there, and when it ends',
    load: async () => (await import('./startup/bench.ts')).startup,
  },
  request: {
    does: 'what a request costs in an express app',
    load: async () => (await import('./request/bench.ts')).request,
  },
}

const USAGE = 'npm run bench -- NAME [--rounds N] [--json FILE] [--peers a,b|none] [--list]'

function readCommand(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      json: { type: 'string' },
      peers: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  })
  if (values.list) return undefined
  const [name = '', ...more] = positionals
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
  const known = Object.keys(BENCHES).join(', ')
  if (!bench) throw new Error(name ? `no benchmark ${name}; known are ${known}` : `which? ${known}: ${USAGE}`)
  if (more.length > 0) throw new Error(`${more.join(' ')} is too much: ${USAGE}`)
  if (values.rounds !== undefined && !/^[1-9]\d{0,3}$/.test(values.rounds)) {
    throw new Error(`--rounds is a number from 1 on, not ${values.rounds}`)
  }
  const peers = values.peers === 'none' ? [] : (values.peers?.split(',') ?? Object.keys(PEERS))
  const strangers = peers.filter((peer) => !Object.hasOwn(PEERS, peer))
  if (strangers.length > 0) {
    throw new Error(
      `no peer ${strangers.join(', ')}; known are ${Object.keys(PEERS).join(', ')}, or none at all: none`,
    )
  }
  return {
    name,
    bench,
    peers,
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    json: values.json === undefined ? undefined : resolve(standsIn(), values.json),
  }
}

/** Where the user stands. npm runs scripts in the package's folder, and npx sets INIT_CWD to it as well. */
const standsIn = (): string => process.env['BENCH_FROM'] || process.env['INIT_CWD'] || '.'

async function main(): Promise<void> {
  let command: ReturnType<typeof readCommand>
  try {
    command = readCommand(process.argv.slice(2))
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`)
    process.exitCode = 2
    return
  }
  if (!command) {
    for (const [name, { does }] of Object.entries(BENCHES)) console.log(`${name.padEnd(10)}${does}`)
    return
  }
  endProcessesOnExit()
  const bench = await command.bench.load()
  const { samples, notes } = await bench.run({
    peers: command.peers,
    rounds: command.rounds ?? bench.rounds,
    progress: (line) => console.error(line),
  })
  const rows = toRows(samples)
  console.log(drawTables(rows))
  for (const note of notes) console.log(`- ${note}`)
  if (command.json) {
    const result = { bench: command.name, node: process.version, date: new Date().toISOString(), rows }
    writeFileSync(command.json, `${JSON.stringify(result, undefined, 2)}\n`)
  }
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exitCode = 1
}
// A process of a subject that cannot be ended, or an open socket of the load, does not hold the answer up.
process.exit()
