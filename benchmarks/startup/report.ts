import { table } from '../../scripts/markdown.ts'
import {
  cell,
  circumstances,
  figuresOf,
  labelOf,
  promises,
  range,
  signed,
  subjectsOf,
  times,
  type Figures,
} from '../figures.ts'
import type { Result } from '../stats.ts'
import { PEERS } from '../subjects.ts'
import { judgeStartup } from './bars.ts'

const EMPTY = '-e 0'
const EXPRESS = 'express'
const IDLE = 'idle exit, dead collector'
const OWN = ['waybill', 'waybill-first', 'waybill-disabled', 'empty-package']

export function reportStartup(result: Result): string {
  const of = figuresOf(result.rows)
  const subjects = subjectsOf(result.rows)
  const place = (subject: string): number => of(subject, EMPTY, 'cpu') ?? Infinity
  const peers = subjects
    .filter((subject) => Object.hasOwn(PEERS, subject))
    .toSorted((a, b) => place(a) - place(b))
  const rows = [...OWN.filter((subject) => subjects.includes(subject)), ...peers].map((subject) => [
    labelOf(subject),
    cpu(of, subject, EMPTY),
    memory(of, subject, EMPTY),
    cpu(of, subject, EXPRESS),
    memory(of, subject, EXPRESS),
    cell((over) => `${signed(over / 1000, 2)} s`, of(subject, IDLE, 'wall over bare')),
    cell(
      (size, packages) => `${size.toFixed(1)} / ${packages}`,
      of(subject, 'install', 'size'),
      of(subject, 'install', 'packages'),
    ),
  ])
  const head = [
    'start',
    '`node -e 0`, CPU',
    'MiB',
    'express + pino to the first response, CPU',
    'MiB',
    'idle exit, dead collector',
    'installed, MiB / packages',
  ]
  const drawn = table([head, ...rows], [1, 2, 3, 4, 5, 6])
  return `${circumstances(result)}; × is to bare Node, + is over it.\n\n${drawn}${comparison(of, peers)}${promises(judgeStartup(result.rows))}`
}

function cpu(of: Figures, subject: string, scenario: string): string {
  return cell(
    (own, bare) => `${times(own / bare)} (${signed(own - bare, 0)} ms)`,
    of(subject, scenario, 'cpu'),
    of('bare', scenario, 'cpu'),
  )
}

function memory(of: Figures, subject: string, scenario: string): string {
  return cell((own, bare) => signed(own - bare, 1), of(subject, scenario, 'rss'), of('bare', scenario, 'rss'))
}

/** What others add of CPU, by what Waybill adds. */
function comparison(of: Figures, peers: readonly string[]): string {
  const added = (subject: string, scenario: string): number =>
    (of(subject, scenario, 'cpu') ?? Number.NaN) - (of('bare', scenario, 'cpu') ?? Number.NaN)
  const parts = [
    [EMPTY, '`node -e 0`'],
    [EXPRESS, 'the express app'],
  ].flatMap(([scenario = '', name]) => {
    const own = added('waybill', scenario)
    const all = peers.map((peer) => added(peer, scenario) / own).filter(Number.isFinite)
    return own > 0 && all.length > 0 ? [`${range(all, (value) => value.toFixed(1))} to ${name}`] : []
  })
  return parts.length === 0
    ? ''
    : `\n\nFor each millisecond of CPU that Waybill adds, the others add ${parts.join(', and ')}.`
}
