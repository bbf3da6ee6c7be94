// How figures are found in a result, and how they are written into a page.
import type { Result, Row } from './stats.ts'

/** Looks up the median of one row; undefined where that was not measured. */
export type Figures = (subject: string, scenario: string, metric: string) => number | undefined

export function figuresOf(rows: readonly Row[]): Figures {
  const medians = new Map(rows.map((row) => [keyOf(row.subject, row.scenario, row.metric), row.median]))
  return (...place) => medians.get(keyOf(...place))
}

export function subjectsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ subject }) => subject))]
}

/** `2026-11-21, Node 24.21.0, 2 × AMD EPYC` */
export function circumstances({ date, node, cpu }: Result): string {
  return [date.slice(0, 10), `Node ${node.replace('v', '')}`, ...(cpu === undefined ? [] : [cpu])].join(', ')
}

const LABELS: Readonly<Record<string, string>> = {
  bare: 'bare Node',
  waybill: '**Waybill**',
  'waybill-first': 'Waybill, first start of an installation',
  'waybill-disabled': 'Waybill, turned off',
  'empty-package': 'an empty package, preloaded',
  '@vercel/otel': '`@vercel/otel` (fetch only)',
  upstream: 'upstream',
}

/** A subject as a page names it. */
export function labelOf(subject: string): string {
  const [, tracer = subject, sampled] = /^(.+)-(10%|always_off)$/.exec(subject) ?? []
  const label = LABELS[tracer] ?? `\`${tracer}\``
  if (sampled === undefined) return label
  return `${label.replaceAll('*', '')}, ${sampled === '10%' ? '10 % sampled' : 'nothing sampled'}`
}

/** What was promised, as `bars.ts` of a benchmark judges it: what was missed comes with its figures. */
export function promises(verdicts: readonly string[]): string {
  const said = verdicts.map((verdict) => /^(.*?): (kept|NOT KEPT) ?(.*)$/.exec(verdict)!)
  const kept = said.flatMap(([, promise, word]) => (word === 'kept' ? [promise] : []))
  const missed = said.flatMap(([, promise, word, how]) => (word === 'kept' ? [] : [`${promise} ${how}`]))
  return [
    ...(missed.length === 0 ? [] : [`\n\n**Promised and missed**: ${missed.join('; ')}.`]),
    ...(kept.length === 0 ? [] : [`\n\nPromised and kept: ${kept.join('; ')}.`]),
  ].join('')
}

/** Calls what writes a cell; an empty one where a figure it needs is missing. */
export function cell<A extends number[]>(
  write: (...values: A) => string,
  ...values: { [K in keyof A]: number | undefined }
): string {
  return values.includes(undefined) ? '' : write(...(values as unknown as A))
}

/** `1.07×`, `22.5×` */
export const times = (value: number): string => `${value.toFixed(value < 2 ? 2 : 1)}×`
/** `+ 6.3`, `– 0.2` */
export const signed = (value: number, digits: number): string =>
  `${value < 0 && Number(value.toFixed(digits)) !== 0 ? '–' : '+'} ${Math.abs(value).toFixed(digits)}`
/** `452 544` */
export const whole = (value: number): string => value.toFixed(0).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ')
/** `1.2 to 3.4`, or the one there is. */
export function range(values: readonly number[], write: (value: number) => string): string {
  const [least, most] = [write(Math.min(...values)), write(Math.max(...values))]
  return least === most ? least : `${least} to ${most}`
}

const keyOf = (...place: string[]): string => JSON.stringify(place)
