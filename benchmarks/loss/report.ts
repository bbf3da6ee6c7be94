import { table } from '../../scripts/markdown.ts'
import { cell, circumstances, figuresOf, labelOf, promises, subjectsOf, whole } from '../figures.ts'
import type { Result, Row, Sample } from '../stats.ts'
import { judgeLoss } from './bars.ts'
import { SCENARIOS } from './scenarios.ts'

/** What each subject loses over all. */
export function reportLoss(result: Result): string {
  const of = figuresOf(result.rows)
  const subjects = subjectsOf(result.rows)
  // Who keeps nothing on disk does not play them.
  const common = scenariosOf(result.rows).filter((name) => !isBounded(name))
  const rows = subjects.map((subject) => {
    const played = common.filter((name) => of(subject, name, 'sent') !== undefined)
    const sum = (metric: string): number =>
      played.reduce((total, name) => total + (of(subject, name, metric) ?? 0), 0)
    const losing = played.filter((name) => of(subject, name, 'lost') !== 0)
    const stuck = played.filter((name) => of(subject, name, 'exit') === undefined)
    return [
      labelOf(subject),
      whole(sum('sent')),
      whole(sum('lost')),
      `${losing.length} of ${played.length}`,
      whole(sum('counted lost')),
      String(stuck.length),
    ]
  })
  const head = ['', 'spans', 'lost', 'scenarios with losses', 'said to be lost', 'processes that did not end']
  const drawn = table([head, ...rows], [1, 2, 3, 4, 5])
  return `${circumstances(result)}; each scenario over gRPC and over HTTP.\n\n${drawn}${promises(judgeLoss(samplesOf(result.rows)))}`
}

/** What each subject loses in each scenario. */
export function reportScenarios(result: Result): string {
  const of = figuresOf(result.rows)
  const subjects = subjectsOf(result.rows)
  const columns = subjects.flatMap((subject) =>
    ['grpc', 'http'].map((protocol) => [subject, protocol] as const),
  )
  const names = [...new Set(scenariosOf(result.rows).map((name) => name.replace(/, (?:grpc|http)$/, '')))]
  const rows = names.map((name) => [
    name,
    ...columns.map(([subject, protocol]) => {
      const scenario = `${name}, ${protocol}`
      const lost = cell(share, of(subject, scenario, 'lost'), of(subject, scenario, 'sent'))
      return lost && of(subject, scenario, 'exit') === undefined ? `${lost}, did not end` : lost
    }),
  ])
  const head = [
    'lost',
    ...columns.map(([subject, protocol]) => `${labelOf(subject)}, ${protocol === 'grpc' ? 'gRPC' : 'HTTP'}`),
  ]
  const right = columns.map((_, index) => index + 1)
  return `${circumstances(result)}.\n\n${table([head, ...rows], right)}`
}

const scenariosOf = (rows: readonly Row[]): string[] => [...new Set(rows.map(({ scenario }) => scenario))]

const isBounded = (name: string): boolean =>
  SCENARIOS.some((scenario) => scenario.bounded && name.startsWith(`${scenario.name}, `))

/** A row knows its smallest, middle and largest value: as if these were its rounds. */
const samplesOf = (rows: readonly Row[]): Sample[] =>
  rows.flatMap((row) => [row.min, row.median, row.max].map((value, round) => ({ ...row, round, value })))

const share = (lost: number, sent: number): string =>
  lost === 0 ? '0' : `${whole(lost)} (${((100 * lost) / sent).toFixed(0)} %)`
