import { judgeExport } from '../export/bars.ts'
import { judgeLoss } from '../loss/bars.ts'
import type { Row, Sample } from '../stats.ts'

const row = (subject: string, scenario: string, metric: string, value: number): Row => ({
  subject,
  scenario,
  metric,
  unit: '',
  min: value,
  median: value,
  max: value,
  ratio: null,
})

describe('export', () => {
  const GRPC = '20000 spans/s, grpc, 0 ms'
  const HTTP = '20000 spans/s, http, 100 ms'

  test('each promise that was measured, kept or not', () => {
    expect(
      judgeExport([
        row('waybill', 'most without loss, grpc, 100 ms', 'rate', 90_000),
        row('waybill', 'most without loss, http, 0 ms', 'rate', 10),
        row('waybill', GRPC, 'delay p99 over bare', 0.4),
        row('waybill', HTTP, 'delay p99 over bare', 0.6),
      ]),
    ).toEqual([
      'at least 80000 spans/s without loss at 100 ms: kept (most without loss, grpc, 100 ms: 90000)',
      `p99 at most 0.5 ms over no exporter at 20000 spans/s: NOT KEPT in 1 of 2 (${GRPC}: 0.40; ${HTTP}: 0.60)`,
    ])
  })

  test('CPU is compared with that of upstream, with what it drops taken into account', () => {
    const subjects = [
      ['waybill', 6, 2, 100],
      ['upstream', 8, 10, 20],
    ] as const
    const rows = subjects.flatMap(([subject, main, exporting, delivered]) => [
      row(subject, HTTP, 'main cpu a span', main),
      row(subject, HTTP, 'export cpu a span', exporting),
      row(subject, HTTP, 'delivered', delivered),
      row(subject, GRPC, 'main cpu a span', main),
      row(subject, GRPC, 'delivered', 100),
    ])
    expect(judgeExport(rows)).toEqual([
      `main CPU a span at most half of upstream's: NOT KEPT (${GRPC}: 0.75)`,
      `exporter's main CPU a span that arrives at most half of upstream's: kept (${HTTP}: 0.20)`,
    ])
  })
})

describe('loss', () => {
  const sample = (scenario: string, metric: string, value: number, round = 0): Sample => ({
    subject: 'waybill',
    scenario,
    metric,
    unit: '',
    round,
    value,
  })

  test('nothing may be lost, in any round', () => {
    const samples = [sample('throw, grpc', 'lost', 0), sample('throw, http', 'lost', 0)]
    expect(judgeLoss(samples)).toEqual(['nothing is lost: kept in 2 scenarios'])
    samples.push(sample('throw, http', 'lost', 3, 1))
    expect(judgeLoss(samples)).toEqual([
      'nothing is lost: NOT KEPT in 1 of 2 scenarios (throw, http: 3 lost)',
    ])
  })

  test('what a full disk does not take is lost, and counted', () => {
    const name = 'disk full during outage, grpc'
    const counted = (value: number): Sample[] => [
      sample(name, 'lost', 90),
      sample(name, 'counted lost', value),
    ]
    expect(judgeLoss(counted(90))).toEqual([
      'what a full disk does not take is counted exactly: kept in 1 scenarios',
    ])
    expect(judgeLoss(counted(91))[0]).toMatch(/NOT KEPT.*1 of 90 not counted/)
  })

  test('a process ends, and soon', () => {
    const dead = 'natural exit, dead collector, http'
    const term = 'SIGTERM while a server listens, http'
    const samples = [sample(dead, 'lost', 0), sample(dead, 'exit', 2100), sample(term, 'lost', 0)]
    expect(judgeLoss(samples).slice(1)).toEqual([
      `a process ends within 1000 ms of its work while the collector is dead: NOT KEPT in 1 of 1 scenarios (${dead}: 2100 ms)`,
      `SIGTERM ends a server that listens: NOT KEPT in 1 of 1 scenarios (${term}: it went on)`,
    ])
  })
})
