import { styleText } from 'node:util'
import type { Viewer } from '@waybill/viewer'
import { bulkInserts } from './check-bulk.ts'
import { checkBatch, checkRecord } from './check.ts'
import { awaitEffects, type Effects } from './outcomes.ts'
import { post } from './post.ts'
import { settle } from './settle.ts'
import { stoppedAt } from './stopped.ts'
import { BATCH, FAILING, GOOD, type Planned, type Posted } from './stories.ts'
import { summarize } from './summary.ts'
import type { Index } from './telemetry.ts'
import type { Topics } from './topics.ts'
import { drawTree, type TreeStyle } from './tree.ts'

export interface Stage {
  scansUrl: string
  effects: Effects
  services: readonly string[]
  topics: Topics
  /** Undefined where telemetry goes to the user's own collector: then only effects are looked at. */
  viewer: Viewer | undefined
  print: (line: string) => void
}

/**
 * Tell the three stories one after the other, each printed as it is complete.
 *
 * @returns one sentence for each expectation that failed
 */
export async function tellStories(stage: Stage): Promise<string[]> {
  const problems = new Map<string, string>()
  const story = async (
    name: string,
    about: string,
    planned: readonly Planned[],
    tell: Teller,
  ): Promise<void> => {
    stage.print(`\n${styleText('bold', `${name}: ${about}`)}`)
    for (const problem of await tellOne(stage, planned, tell)) {
      stage.print(styleText('red', `✗ ${problem}`))
      // A service that sends nothing does so in each story.
      if (!problems.has(problem)) problems.set(problem, `${name}: ${problem}`)
    }
  }
  await story('good', 'a damaged parcel, so the customer and the depot are told', [GOOD], oneTree)
  await story('failing', 'a scan from a depot that nobody knows', [FAILING], oneTree)
  await story('batch', `${BATCH.length} scans in ${BATCH.length} requests at once`, BATCH, manyTraces)
  return [...problems.values()]
}

/** Prints a story's telemetry; gets what arrived. */
type Teller = (index: Index, posted: readonly Posted[], stage: Stage) => void

async function tellOne(stage: Stage, planned: readonly Planned[], tell: Teller): Promise<string[]> {
  const { scansUrl, effects, services, topics, viewer, print } = stage
  const before = effects.lines.length
  const posted = await Promise.all(planned.map((one) => post(scansUrl, one, effects.lines)))
  let late: string[] = []
  try {
    await awaitEffects(posted, effects)
  } catch (error) {
    late = [(error as Error).message]
  }
  if (!viewer) {
    printTraceIds(posted, stage)
    return late
  }
  const check = (index: Index): string[] => {
    const expected = { services, topics, lines: effects.lines.slice(before) }
    return posted.length === 1
      ? checkRecord(index, posted[0]!, expected)
      : checkBatch(index, posted, expected)
  }
  const { index, problems } = await settle(viewer, check)
  tell(index, posted, stage)
  if (late.length + problems.length === 0) print(styleText('green', '✓ complete'))
  return [...late, ...problems]
}

function oneTree(index: Index, posted: readonly Posted[], { effects, print }: Stage): void {
  for (const { traceId, scan } of posted) {
    if (traceId === undefined) continue
    printTree(index, traceId, print)
    const letter = effects.letters.find(({ parcelId }) => parcelId === scan.parcel_id)
    const stopped = stoppedAt(index.trace(traceId), letter)
    if (stopped) print(styleText('yellow', stopped))
  }
}

function manyTraces(index: Index, posted: readonly Posted[], stage: Stage): void {
  for (const line of summarize(index, posted, stage.topics)) stage.print(line)
  // For the example, one that was told about, of the largest bulk insert.
  const largest = bulkInserts(index, posted).sort((a, b) => b.links.length - a.links.length)[0]
  const inLargest = new Set(largest?.links.map(({ traceId }) => traceId))
  const notified = posted.filter(({ fate }) => fate === 'notified')
  const example = notified.find(({ traceId }) => inLargest.has(traceId ?? '')) ?? notified[0]
  if (!example) return
  stage.print(`one of them, ${example.scan.parcel_id}:`)
  oneTree(index, [example], stage)
}

function printTraceIds(posted: readonly Posted[], { print }: Stage): void {
  for (const { traceId, scan, fate } of posted.slice(0, 10)) {
    print(`${scan.parcel_id}  ${fate.padEnd(8)}  trace ${traceId ?? 'unknown: no trace_id in the log line'}`)
  }
  if (posted.length > 10) print(`and ${posted.length - 10} more`)
}

export function printTree(index: Index, traceId: string, print: (line: string) => void): void {
  const trace = index.trace(traceId)
  const services = new Set(trace.map(({ service }) => service)).size
  const first = trace[0]
  const end = trace.reduce((latest, span) => (span.end > latest ? span.end : latest), 0n)
  const ms = first ? Number(end - first.start) / 1e6 : 0
  print(
    styleText(
      'dim',
      `trace ${traceId}: ${trace.length} spans of ${services} services in ${ms.toFixed(0)} ms`,
    ),
  )
  for (const line of drawTree(index, traceId, { style: colour })) print(line)
}

const COLOURS = { dim: 'dim', error: 'red', service: 'cyan', log: 'green', linked: 'magenta' } as const

function colour(style: TreeStyle, text: string): string {
  return styleText(COLOURS[style], text)
}
