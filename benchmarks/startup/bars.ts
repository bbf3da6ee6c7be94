import type { Row } from '../stats.ts'
import { verdict } from '../verdict.ts'

const MIB = { empty: 6, express: 8 }
const TIMES = 1.2
const OFF = 1.02
const SIZE = 15
const PACKAGES = 12
const IDLE = 100

/** What Waybill promises, and what this run says to it: a line for each promise that was measured. */
export function judgeStartup(rows: readonly Row[]): string[] {
  const of = (subject: string, metric: string, ...scenarios: string[]): Row[] =>
    rows.filter((row) => row.subject === subject && row.metric === metric && scenarios.includes(row.scenario))
  const times = (some: readonly Row[]): Row[] =>
    some.flatMap((row) =>
      row.ratio === null ? [] : [{ ...row, scenario: `${row.scenario}, ${row.metric}`, median: row.ratio }],
    )
  const more = (scenario: string): Row[] =>
    of('waybill', 'rss', scenario).flatMap((row) =>
      of('bare', 'rss', scenario).map((bare) => ({ ...row, median: row.median - bare.median })),
    )
  const idle = of('waybill', 'wall over bare', 'idle exit, dead collector')
  const allowed = (idle[0] ? of('bare', 'wall', idle[0].scenario) : []).map(
    ({ median }) => median * 0.1 + IDLE,
  )
  return [
    ...verdict(
      `a start takes at most ${TIMES}× of bare Node's`,
      times([...of('waybill', 'wall', '-e 0'), ...of('waybill', 'cpu', '-e 0', 'express')]),
      2,
      (value) => value <= TIMES,
    ),
    ...verdict(
      `\`node -e 0\` takes at most ${MIB.empty} MiB more`,
      more('-e 0'),
      1,
      (value) => value <= MIB.empty,
    ),
    ...verdict(
      `the express app takes at most ${MIB.express} MiB more`,
      more('express'),
      1,
      (value) => value <= MIB.express,
    ),
    ...verdict(
      `turned off it takes at most ${OFF}×`,
      times(of('waybill-disabled', 'cpu', '-e 0', 'express')),
      2,
      (value) => value <= OFF,
    ),
    ...verdict(
      `at most ${SIZE} MiB are installed`,
      of('waybill', 'size', 'install'),
      1,
      (value) => value <= SIZE,
    ),
    ...verdict(
      `at most ${PACKAGES} packages are installed`,
      of('waybill', 'packages', 'install'),
      0,
      (value) => value <= PACKAGES,
    ),
    ...verdict(
      `an idle process with a dead collector ends at most a tenth and ${IDLE} ms later`,
      idle,
      0,
      (value) => value <= (allowed[0] ?? Infinity),
    ),
  ]
}
