import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Bench, BenchRequest, BenchResult } from '../bench.ts'
import { installSubjects, type Installation } from '../install.ts'
import { hear, start, stop } from '../processes.ts'
import { overBare, recorder, toRows, type Sample } from '../stats.ts'
import {
  bare,
  emptyPackage,
  peer,
  waybill,
  waybillDisabled,
  waybillFirst,
  type Subject,
} from '../subjects.ts'
import { judgeStartup } from './bars.ts'
import { filesOfEmpty, residentOfEmpty, timeEmpty } from './empty.ts'
import { interleave, type Measured, type Scenario } from '../interleave.ts'
import { endExpress, runExpress, runIdle } from './service.ts'
import type { Place } from './spawn.ts'

const ROOT = join(import.meta.dirname, '..')
const FILES = [
  'startup/files.cjs',
  'startup/express.cjs',
  'startup/idle.cjs',
  'preloads/sentry.cjs',
  'preloads/vercel-otel.cjs',
].map((file) => join(ROOT, file))
const MIB = 2 ** 20

export const startup: Bench = { rounds: 15, run }

async function run({ peers, rounds, progress }: BenchRequest): Promise<BenchResult> {
  const { installations, notes } = await installSubjects(peers, FILES, progress)
  writeEmptyPackage(installations.get(bare.name)!.folder)
  const own = [waybill, waybillFirst, waybillDisabled, emptyPackage]
  const subjects = [bare, ...own, ...peers.map(peer)].filter(({ install }) => installations.has(install))
  const samples = sizes(installations)
  const sink = start(process.execPath, [join(ROOT, 'sink.ts')], { channels: ['ipc'] })
  try {
    const { port } = await hear<{ port: number }>(sink)
    const at = (collectorPort: number) => (subject: Subject) => ({
      folder: installations.get(subject.install)!.folder,
      collector: `http://127.0.0.1:${collectorPort}`,
    })
    progress('express: once to its end')
    await endExpress(waybill, at(port)(waybill))
    for (const scenario of scenarios(rounds, at(port), at(await refusedPort()))) {
      samples.push(...(await interleave(scenario, subjects, progress, notes)))
    }
  } finally {
    await stop(sink)
  }
  const idle = samples.filter(({ scenario }) => scenario === IDLE)
  samples.push(...overBare(idle, 'wall', 'wall over bare'))
  return { samples, notes: [...notes, ...judgeStartup(toRows(samples))] }
}

const IDLE = 'idle exit, dead collector'

type PlaceOf = (subject: Subject) => Place

function scenarios(rounds: number, alive: PlaceOf, dead: PlaceOf): Scenario[] {
  return [
    {
      name: '-e 0',
      rounds,
      warmUp: true,
      async measure(subject) {
        const { wall, cpu } = await timeEmpty(subject, alive(subject))
        const rss = await residentOfEmpty(subject, alive(subject))
        const files = await filesOfEmpty(subject, alive(subject))
        return usage(wall, cpu, rss, files)
      },
    },
    {
      name: 'express',
      rounds,
      warmUp: true,
      async measure(subject) {
        const { wall, cpu, rss, files } = await runExpress(subject, alive(subject))
        return usage(wall, cpu, rss, files)
      },
    },
    {
      name: IDLE,
      // Mostly waiting, with some for many seconds: a third is enough.
      rounds: Math.ceil(rounds / 3),
      warmUp: true,
      measure: async (subject) => [['wall', 'ms', await runIdle(subject, dead(subject))]],
    },
  ]
}

function usage(wall: number, cpu: number, rss: number | undefined, files: number): Measured {
  return [
    ['wall', 'ms', wall],
    ['cpu', 'ms', cpu],
    ...(rss === undefined ? [] : [['rss', 'MiB', rss / MIB] as const]),
    ['files', 'modules', files],
  ]
}

function sizes(installations: ReadonlyMap<string, Installation>): Sample[] {
  const samples: Sample[] = []
  for (const [subject, { size }] of installations) {
    if (subject === bare.name) continue
    const record = recorder(samples, subject, 'install', 0)
    record('size', 'MiB', size.bytes / MIB)
    record('packages', '', size.packages)
  }
  return samples
}

/** What a preload costs that does nothing: Node looks for a package, and reads two files of it. */
function writeEmptyPackage(folder: string): void {
  const place = join(folder, 'node_modules/empty-package')
  mkdirSync(place, { recursive: true })
  const manifest = { name: 'empty-package', version: '0.0.0', exports: { './register': './register.js' } }
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(place, 'register.js'), '')
}

/** One that was free a moment ago: connections to it are refused. */
async function refusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
