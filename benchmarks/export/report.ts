import { table } from '../../scripts/markdown.ts'
import { cell, circumstances, figuresOf, labelOf, promises, signed, subjectsOf, whole } from '../figures.ts'
import type { Result } from '../stats.ts'
import { judgeExport } from './bars.ts'
import { DELAY, EXPORT_CPU, MOST_RATE, SHARE } from './scenarios.ts'

const RATE = 20_000
const WAYS = ['grpc, 0 ms', 'grpc, 100 ms', 'http, 0 ms', 'http, 100 ms']

export function reportExport(result: Result): string {
  const of = figuresOf(result.rows)
  const subjects = subjectsOf(result.rows).filter((subject) => subject !== 'bare')
  const rows = WAYS.map((way) => {
    const steady = `${RATE} spans/s, ${way}`
    const each = (write: (subject: string) => string): string =>
      subjects.map((subject) => write(subject) || 'not measured').join(' / ')
    return [
      way.replace('grpc', 'gRPC').replace('http', 'HTTP'),
      each((subject) => cell((over) => `${signed(over, 1)} ms`, of(subject, steady, `${DELAY} over bare`))),
      each((subject) => cell((cpu) => `${cpu.toFixed(1)} µs`, of(subject, steady, EXPORT_CPU))),
      each((subject) => cell((share) => `${percent(share)} %`, of(subject, steady, SHARE))),
      each((subject) => cell(whole, of(subject, `most without loss, ${way}`, MOST_RATE))),
    ]
  })
  const head = [
    `${whole(RATE)} spans a second, collector's latency`,
    'event-loop delay, p99, over no exporter',
    "exporter's CPU a span, app's thread",
    'delivered',
    'most without loss, spans/s',
  ]
  const drawn = table([head, ...rows], [1, 2, 3, 4])
  const order = subjects.map(labelOf).join(' / ')
  return `${circumstances(result)}; ${order}.\n\n${drawn}${promises(judgeExport(result.rows))}`
}

/** 100 only where it is all. */
const percent = (share: number): string =>
  share > 99 && share < 100 ? (Math.floor(share * 1000) / 1000).toFixed(3) : share.toFixed(0)
