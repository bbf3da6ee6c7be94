import type { Row } from '../stats.ts'
import { verdict } from '../verdict.ts'

/** As shares of upstream's, because microseconds are those of the machine. */
const SHARES = { '': 0.41, '-10%': 0.33 }
const OFF = 1.02

/** What Waybill promises, and what this run says to it: a line for each promise that was measured. */
export function judgeRequest(rows: readonly Row[]): string[] {
  const of = (subject: string, metric: string): Row[] =>
    rows.filter((row) => row.subject === subject && row.metric === metric)
  const shares = Object.entries(SHARES).flatMap(([suffix, most]) => {
    const own = of(`waybill${suffix}`, 'cpu over bare').flatMap((row) =>
      of(`upstream${suffix}`, 'cpu over bare').map((other) => ({
        ...row,
        median: row.median / other.median,
      })),
    )
    return verdict(
      `CPU over bare at most ${most} of upstream's${suffix && ' at 10 % sampled'}`,
      own,
      2,
      (value) => value <= most,
    )
  })
  const off = of('waybill-disabled', 'cpu a request').flatMap((row) =>
    row.ratio === null ? [] : [{ ...row, median: row.ratio }],
  )
  return [
    ...shares,
    ...verdict(`turned off at most ${OFF}× of bare Node's CPU`, off, 2, (value) => value <= OFF),
  ]
}
