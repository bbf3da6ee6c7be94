import type { Row } from '../stats.ts'
import { verdict } from '../verdict.ts'
import { DELAY, EXPORT_CPU, MAIN_CPU, MOST_RATE, SHARE } from './scenarios.ts'

const SPANS = 80_000
const LONGER = 0.5
const CPU = 0.5

/** What Waybill promises, and what this run says to it: a line for each promise that was measured. */
export function judgeExport(rows: readonly Row[]): string[] {
  const of = (subject: string, metric: string): Row[] =>
    rows.filter((row) => row.subject === subject && row.metric === metric)
  const most = of('waybill', MOST_RATE).filter(({ scenario }) => scenario.endsWith(', 100 ms'))
  const delay = of('waybill', `${DELAY} over bare`).filter(({ scenario }) => scenario.startsWith('20000 '))
  const overUpstream = (metric: string): Row[] =>
    of('waybill', metric).flatMap((row) => {
      const other = of('upstream', metric).find(({ scenario }) => scenario === row.scenario)
      return other ? [{ ...row, median: row.median / other.median }] : []
    })
  // Who drops spans has less to do: compared as they are made only where upstream delivers them too.
  const delivers = of('upstream', SHARE).flatMap(({ scenario, min }) => (min > 99 ? [scenario] : []))
  const total = overUpstream(MAIN_CPU).filter(({ scenario }) => delivers.includes(scenario))
  return [
    ...verdict(`at least ${SPANS} spans/s without loss at 100 ms`, most, 0, (value) => value >= SPANS),
    ...verdict(
      `p99 at most ${LONGER} ms over no exporter at 20000 spans/s`,
      delay,
      2,
      (value) => value <= LONGER,
    ),
    ...verdict("main CPU a span at most half of upstream's", total, 2, (value) => value <= CPU),
    ...verdict(
      "exporter's main CPU a span that arrives at most half of upstream's",
      overUpstream(EXPORT_CPU),
      2,
      (value) => value <= CPU,
    ),
  ]
}
