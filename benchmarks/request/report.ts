import { table } from '../../scripts/markdown.ts'
import {
  cell,
  circumstances,
  figuresOf,
  labelOf,
  promises,
  signed,
  subjectsOf,
  times,
  type Figures,
} from '../figures.ts'
import type { Result } from '../stats.ts'
import { judgeRequest } from './bars.ts'

const FULL = 'full load'
const CPU = 'cpu over bare'
const RATES = ['at 15 % of bare', 'at 40 % of bare']

export function reportRequest(result: Result): string {
  const of = figuresOf(result.rows)
  const subjects = subjectsOf(result.rows)
  const rows = subjects.map((subject) => [
    labelOf(subject),
    cell((over) => `${signed(over, 0)} µs`, of(subject, FULL, CPU)),
    cell((own, bare) => times(own / bare), of(subject, FULL, 'requests'), of('bare', FULL, 'requests')),
    cell((spans) => spans.toFixed(1), of(subject, FULL, 'spans a request')),
    ...RATES.map((rate) => cell((p99) => `${p99.toFixed(1)} ms`, of(subject, rate, 'p99')) || '–'),
  ])
  const head = [
    'a request (express 5, one fetch, one log line)',
    'CPU over bare, all threads',
    'requests/s at full load',
    'spans',
    ...RATES.map((rate) => `p99 ${rate}'s load`),
  ]
  const drawn = table([head, ...rows], [1, 2, 3, 4, 5])
  const bare = cell(
    (cpu, requests) => `; bare Node takes ${cpu.toFixed(0)} µs and serves ${requests.toFixed(0)} a second`,
    of('bare', FULL, 'cpu a request'),
    of('bare', FULL, 'requests'),
  )
  return `${circumstances(result)}${bare}. All three signals are on; –: could not keep up.\n\n${drawn}${comparison(of, subjects)}${promises(judgeRequest(result.rows))}`
}

function comparison(of: Figures, subjects: readonly string[]): string {
  const parts = subjects.flatMap((subject) => {
    if (/^(?:bare|waybill.*)$/.test(subject)) return []
    const [, sampled = ''] = /(-10%|-always_off)$/.exec(subject) ?? []
    return cell(
      (other, own) => (own > 0 ? `${labelOf(subject)}: ${(other / own).toFixed(1)}` : ''),
      of(subject, FULL, CPU),
      of(`waybill${sampled}`, FULL, CPU),
    )
  })
  const said = parts.filter((part) => part !== '')
  return said.length === 0
    ? ''
    : `\n\nFor each microsecond of CPU that Waybill adds at the same sampling, others add: ${said.join('; ')}.`
}
