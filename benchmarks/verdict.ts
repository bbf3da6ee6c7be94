import type { Row } from './stats.ts'

/** A promise and what these rows say to it, in one line; none where nothing of it was measured. */
export function verdict(
  promise: string,
  rows: readonly Row[],
  digits: number,
  kept: (value: number) => boolean,
): string[] {
  if (rows.length === 0) return []
  const values = rows.map(({ scenario, median }) => `${scenario}: ${median.toFixed(digits)}`)
  const broken = rows.filter(({ median }) => !kept(median)).length
  const word =
    broken === 0 ? 'kept' : broken === rows.length ? 'NOT KEPT' : `NOT KEPT in ${broken} of ${rows.length}`
  return [`${promise}: ${word} (${values.join('; ')})`]
}
