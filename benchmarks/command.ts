import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { PEERS } from './subjects.ts'

export interface Entry {
  readonly does: string
  readonly load: () => Promise<Bench>
}

export const BENCHES: Readonly<Record<string, Entry>> = {
  startup: {
    does: 'what the preload costs until an app is there, and when it ends',
    load: async () => (await import('./startup/bench.ts')).startup,
  },
  request: {
    does: 'what a request costs in an express app',
    load: async () => (await import('./request/bench.ts')).request,
  },
  export: {
    does: 'what exporting spans costs the app, and how many a second arrive',
    load: async () => (await import('./export/bench.ts')).exporting,
  },
  loss: {
    does: 'how many spans survive outages, bursts and the end of the process',
    load: async () => (await import('./loss/bench.ts')).loss,
  },
}

export interface Command {
  readonly name: string
  readonly bench: Entry
  /** Undefined: those of the benchmark. */
  readonly peers: readonly string[] | undefined
  readonly rounds: number | undefined
  readonly json: string | undefined
  readonly scenario: string | undefined
  readonly source: boolean
}

const USAGE =
  'npm run bench -- NAME [--rounds N] [--json FILE] [--peers a,b|none] [--scenario TEXT] [--source] [--list]'

/**
 * @returns undefined when only the list is asked for
 * @throws Error with what is wrong and what would be right
 */
export function readCommand(args: readonly string[]): Command | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      json: { type: 'string' },
      peers: { type: 'string' },
      scenario: { type: 'string' },
      source: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  if (values.list) return undefined
  const [name = '', ...more] = positionals
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
  const known = Object.keys(BENCHES).join(', ')
  if (!bench) throw new Error(name ? `no benchmark ${name}; known are ${known}` : `which? ${known}: ${USAGE}`)
  if (more.length > 0) throw new Error(`${more.join(' ')} is too much: ${USAGE}`)
  const { rounds, json, scenario, source } = values
  if (rounds !== undefined && !/^[1-9]\d{0,3}$/.test(rounds)) {
    throw new Error(`--rounds is a number from 1 on, not ${rounds}`)
  }
  const peers = values.peers === 'none' ? [] : values.peers?.split(',')
  const strangers = peers?.filter((peer) => !Object.hasOwn(PEERS, peer)) ?? []
  if (strangers.length > 0) {
    throw new Error(
      `no peer ${strangers.join(', ')}; known are ${Object.keys(PEERS).join(', ')}, or none at all: none`,
    )
  }
  return {
    name,
    bench,
    peers,
    rounds: rounds === undefined ? undefined : Number(rounds),
    json,
    scenario,
    source,
  }
}
