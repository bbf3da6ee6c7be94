/**
 * A table with columns of even width, as oxfmt has them.
 *
 * @param rows the first is the head
 * @param right columns that are figures, by their index
 */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const [head = [], ...rest] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map((cells) => cells[column]!.length)))
  const pad = (cell: string, column: number): string =>
    right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
  const line = (cells: readonly string[]): string => `| ${cells.map(pad).join(' | ')} |`
  const rule = widths.map((width, column) =>
    right.includes(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [line(head), line(rule), ...rest.map(line)].join('\n')
}
