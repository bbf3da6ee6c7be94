import type { Row } from './stats.ts'

/** A table for each scenario: a line a subject, a column a metric, with the median and its ratio to bare Node. */
export function drawTables(rows: readonly Row[]): string {
  return [...Map.groupBy(rows, (row) => row.scenario)]
    .map(([scenario, some]) => drawTable(scenario, some))
    .join('\n')
}

function drawTable(scenario: string, rows: readonly Row[]): string {
  const metrics = [...new Map(rows.map(({ metric, unit }) => [metric, unit]))]
  const subjects = [...new Set(rows.map(({ subject }) => subject))]
  const cells = [
    [scenario, ...metrics.map(([metric, unit]) => (unit ? `${metric} ${unit}` : metric))],
    ...subjects.map((subject) => [
      subject,
      ...metrics.map(([metric]) =>
        draw(rows.find((row) => row.subject === subject && row.metric === metric)),
      ),
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)))
  const lines = cells.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, '-'.repeat(lines[0]!.length))
  return `${lines.join('\n')}\n`
}

function draw(row: Row | undefined): string {
  if (!row) return '–'
  // Without a unit they are counts.
  const whole = Math.abs(row.median) >= 100 || (row.unit === '' && Number.isInteger(row.median))
  const value = row.median.toFixed(whole ? 0 : 1)
  return row.ratio === null ? value : `${value} ${row.ratio.toFixed(2).padStart(6)}×`
}
