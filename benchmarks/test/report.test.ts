import { fillIn, readResult } from '../report.ts'
import type { Result, Row } from '../stats.ts'

const row = (
  subject: string,
  scenario: string,
  metric: string,
  median: number,
  ratio: number | null = null,
): Row => ({
  subject,
  scenario,
  metric,
  unit: '',
  min: median,
  median,
  max: median,
  ratio,
})

const result = (bench: string, rows: readonly Row[]): Result => ({
  bench,
  node: 'v24.1.0',
  date: '2026-11-21T08:37:37.919Z',
  cpu: '2 × Slow',
  rows,
})

const page = (name: string, text: string): string =>
  `before\n\n<!-- bench:${name} -->\n\n${text}\n\n<!-- /bench:${name} -->\n\nafter\n`

const filled = (name: string, bench: string, rows: readonly Row[]): string =>
  fillIn(page(name, 'old'), new Map([[bench, result(bench, rows)]]))

describe('startup', () => {
  const rows = [
    row('bare', '-e 0', 'cpu', 20, 1),
    row('waybill', '-e 0', 'cpu', 25, 1.25),
    row('upstream', '-e 0', 'cpu', 420, 21),
    row('dd-trace', '-e 0', 'cpu', 220, 11),
    row('bare', '-e 0', 'rss', 40, 1),
    row('waybill', '-e 0', 'rss', 44, 1.1),
  ]

  test('Waybill first, then peers from the cheapest on; what was not measured is an empty cell', () => {
    const lines = filled('startup', 'startup', rows).split('\n')
    const cells = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, 4))
    expect(cells.slice(2).map((some) => some.map((text) => text.trim()))).toEqual([
      ['**Waybill**', '1.25× (+ 5 ms)', '+ 4.0'],
      ['`dd-trace`', '11.0× (+ 200 ms)', ''],
      ['upstream', '21.0× (+ 400 ms)', ''],
    ])
    expect(lines).toContain('2026-11-21, Node 24.1.0, 2 × Slow; × is to bare Node, + is over it.')
    expect(lines).toContain(
      'For each millisecond of CPU that Waybill adds, the others add 40.0 to 80.0 to `node -e 0`.',
    )
  })

  test('a promise that was missed is said with its figures', () => {
    const text = filled('startup', 'startup', rows)
    expect(text).toContain(
      "**Promised and missed**: a start takes at most 1.2× of bare Node's (-e 0, cpu: 1.25).",
    )
    expect(text).toContain('Promised and kept: `node -e 0` takes at most 6 MiB more.')
  })
})

test('request: each peer against Waybill at the same sampling', () => {
  const cpu = (subject: string, value: number): Row => row(subject, 'full load', 'cpu over bare', value)
  const rows = [cpu('waybill', 100), cpu('waybill-10%', 50), cpu('upstream', 300), cpu('upstream-10%', 200)]
  const text = filled('request', 'request', rows)
  expect(text).toContain('others add: upstream: 3.0; upstream, 10 % sampled: 4.0.')
  expect(text).toMatch(/^\| upstream, 10 % sampled +\| +\+ 200 µs \|/m)
  expect(text).toContain(
    "Promised and kept: CPU over bare at most 0.41 of upstream's; CPU over bare at most 0.33 of upstream's at 10 % sampled.",
  )
})

test('export: all is delivered only where nothing is missing', () => {
  const text = filled('export', 'export', [
    row('waybill', '20000 spans/s, grpc, 0 ms', 'delivered', 100),
    row('upstream', '20000 spans/s, grpc, 0 ms', 'delivered', 99.9999),
    row('waybill', 'most without loss, http, 100 ms', 'rate', 81_234),
  ])
  expect(text).toContain('100 % / 99.999 %')
  expect(text).toContain('81 234 / not measured')
})

describe('loss', () => {
  const scenario = (name: string, subject: string, sent: number, lost: number, exit?: number): Row[] => [
    row(subject, name, 'sent', sent),
    row(subject, name, 'lost', lost),
    row(subject, name, 'counted lost', 0),
    ...(exit === undefined ? [] : [row(subject, name, 'exit', exit)]),
  ]
  const rows = [
    ...scenario('throw right after the span, grpc', 'waybill', 10, 0, 20),
    ...scenario('throw right after the span, grpc', 'upstream', 10, 10, 20),
    ...scenario('throw right after the span, http', 'waybill', 10, 1, 20),
    ...scenario('throw right after the span, http', 'upstream', 10, 0),
    ...scenario('disk full during outage, http', 'waybill', 1000, 900, 20),
  ]

  test('the sum has only what all have played', () => {
    const text = filled('loss', 'loss', rows)
    expect(text).toMatch(/^\| \*\*Waybill\*\* \| +20 \| +1 \| +1 of 2 \| +0 \| +0 \|$/m)
    expect(text).toMatch(/^\| upstream +\| +20 \| +10 \| +1 of 2 \| +0 \| +1 \|$/m)
    expect(text).toContain('nothing is lost in 1 of 2 scenarios (throw right after the span, http: 1 lost)')
  })

  test('each scenario, and who did not end', () => {
    const text = filled('loss-scenarios', 'loss', rows)
    expect(text).toMatch(
      /^\| throw right after the span \| +0 \| +1 \(10 %\) \| +10 \(100 %\) \| +0, did not end \|$/m,
    )
    expect(text).toMatch(/^\| disk full during outage +\| +\| +900 \(90 %\) \| +\| +\|$/m)
  })
})

test('a benchmark without a result says how to get one; the rest of the page stays', () => {
  expect(fillIn(page('loss', 'old'), new Map())).toBe(
    page('loss', 'Not measured yet: `npm run bench -- loss`.'),
  )
  const done = filled('loss', 'loss', [row('waybill', 'throw, grpc', 'sent', 1)])
  expect(fillIn(done, new Map([['loss', result('loss', [row('waybill', 'throw, grpc', 'sent', 1)])]]))).toBe(
    done,
  )
})

test('marks that mean nothing', () => {
  expect(() => fillIn(page('speed', ''), new Map())).toThrow('no section speed; known are startup')
  expect(() => fillIn('<!-- bench:loss -->\ntext', new Map())).toThrow('does not end')
})

test('what is no result is refused', () => {
  const good = result('loss', [row('waybill', 'a', 'sent', 1)])
  expect(readResult(JSON.stringify(good), 'loss')).toEqual(good)
  for (const [json, message] of [
    ['{', 'JSON'],
    [JSON.stringify({ ...good, bench: 'export' }), 'it is no result of loss'],
    [JSON.stringify({ ...good, rows: [] }), 'rows'],
    [JSON.stringify({ ...good, rows: [{ subject: 'waybill' }] }), 'rows'],
    [JSON.stringify({ ...good, date: 'yesterday' }), 'date'],
  ] as const) {
    expect(() => readResult(json, 'loss')).toThrow(message)
  }
})
