// What becomes of batches: on their way, tried again, refused.
import { PENDING } from '../src/export/protocol.ts'
import { advance, away, delivered, MIB, refused, silent, turns, useBench, WHERE } from './support/delivery.ts'
import { useSaid } from './support/said.ts'

const bench = useBench()
const said = useSaid()

test('several batches are on their way at once, more of them the more are waiting', async () => {
  for (let i = 0; i < 8; i++) bench.add(String(i))
  expect(bench.script.sent).toHaveLength(8)
  bench.add('8')
  expect(bench.script.sent).toHaveLength(8)
  for (let i = 9; i < 200; i++) bench.add(String(i))
  expect(bench.script.sent).toHaveLength(32)
  await bench.script.answer(delivered)
  expect(bench.script.sent).toHaveLength(32)
  expect(bench.pending[PENDING]).toBe(199)
  expect(bench.count('delivered')).toBe(1)
  expect(bench.count('inFlight')).toBe(32)
})

test('an outage: kept, tried again with growing pauses one at a time, then all delivered in order; one line each', async () => {
  bench.add('0', 5)
  await bench.script.answer(away)
  for (let i = 1; i < 6; i++) bench.add(String(i), 5)
  expect(bench.script.sent).toHaveLength(0)
  await advance(300)
  expect(bench.script.texts()).toEqual(['0'])
  await bench.script.answer(away)
  await advance(200)
  expect(bench.script.sent).toHaveLength(0)
  await advance(400)
  expect(bench.script.texts()).toEqual(['0'])
  await bench.script.answer(delivered)
  expect(bench.script.texts()).toEqual(['1', '2', '3', '4', '5'])
  while (bench.script.sent.length > 0) await bench.script.answer(delivered)
  expect(bench.pending[PENDING]).toBe(0)
  expect([bench.count('delivered'), bench.count('retries'), bench.count('queueBytes')]).toEqual([30, 2, 0])
  expect(bench.durations.map(({ error }) => error).slice(0, 3)).toEqual([
    'ECONNREFUSED',
    'ECONNREFUSED',
    undefined,
  ])
  expect(said.lines).toEqual([
    `WAYBILL_EXPORT_FAILED: ${WHERE} takes no telemetry: ECONNREFUSED. It is kept and tried again.`,
    expect.stringContaining('WAYBILL_EXPORT_RECOVERED'),
  ])
})

test('the pauses double, up to five seconds', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(1)
  bench.add('x')
  const pauses: number[] = []
  for (let i = 0; i < 7; i++) {
    await bench.script.answer(away)
    let pause = 0
    for (; bench.script.sent.length === 0; pause += 50) await advance(50)
    pauses.push(pause)
  }
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
})

test('several on their way when the collector goes: they wait in the order in which they came', async () => {
  for (let i = 0; i < 8; i++) bench.add(String(i))
  for (let i = 0; i < 8; i++) await bench.script.answer(away)
  await advance(300)
  await bench.script.answer(delivered)
  expect(bench.script.texts()).toEqual(['1', '2', '3', '4', '5', '6', '7'])
})

test('the server says when to come back', async () => {
  bench.add('x')
  await bench.script.answer({ kind: 'retry', reason: '503', error: '503', after: 60_000 })
  await advance(59_000)
  expect(bench.script.sent).toHaveLength(0)
  await advance(1000)
  expect(bench.script.sent).toHaveLength(1)
})

test('the clock is set back during a pause: the pause ends all the same', async () => {
  bench.add('x')
  await bench.script.answer(away)
  jest.setSystemTime(Date.now() - 3_600_000)
  await advance(300)
  expect(bench.script.sent).toHaveLength(1)
})

test('a batch on which the collector fails each time does not hold up the others', async () => {
  bench.script.connected = true
  bench.add('poison')
  await bench.script.answer(silent)
  bench.add('good')
  for (let i = 0; i < 20 && bench.script.texts()[0] !== 'good'; i++) {
    await advance(6000)
    if (bench.script.texts()[0] === 'poison') await bench.script.answer(silent)
  }
  await bench.script.answer(delivered)
  expect(bench.count('delivered')).toBe(1)
})

test('refused for good: not tried again, counted and said; a line when the loss is over', async () => {
  bench.add('x', 7)
  await bench.script.answer(refused)
  expect([bench.script.sent.length, bench.pending[PENDING], bench.count('refused')]).toEqual([0, 0, 7])
  bench.add('x', 7)
  await bench.script.answer(refused)
  await advance(60_000)
  expect(said.lines).toEqual([
    `WAYBILL_TELEMETRY_LOST: 7 spans for ${WHERE} are lost: HTTP 400.`,
    expect.stringMatching(
      /^WAYBILL_TELEMETRY_LOST: no more since \d+ s; 14 spans for .* were lost in 1 s\.$/,
    ),
  ])
})

test('a loss that goes on is said again in sum, once a minute', async () => {
  for (let i = 0; i < 30; i++) {
    bench.add('x')
    await bench.script.answer({ kind: 'refused', reason: 'HTTP 401', error: '401' })
    await advance(5000)
  }
  expect(said.lines.length).toBeLessThanOrEqual(4)
  expect(said.lines.at(-1)).toMatch(/more spans/)
})

test('a partial success: what was rejected is lost, the rest is not; a warning is said once', async () => {
  bench.add('x', 10)
  await bench.script.answer({ kind: 'delivered', rejected: 4, reason: 'too old' })
  expect([bench.count('delivered'), bench.count('rejected')]).toEqual([6, 4])
  for (let i = 0; i < 2; i++) {
    bench.add('x', 10)
    await bench.script.answer({ kind: 'delivered', rejected: 0, reason: 'use gzip' })
  }
  expect(said.lines).toEqual([
    `WAYBILL_TELEMETRY_LOST: 4 spans for ${WHERE} are lost: the collector rejected them: too old.`,
    `WAYBILL_COLLECTOR_WARNING: ${WHERE}, on traces: use gzip`,
  ])
})

test('delivered after an attempt without an answer: counted as perhaps there twice', async () => {
  bench.add('x', 3)
  await bench.script.answer(silent)
  await advance(300)
  await bench.script.answer(delivered)
  expect([bench.count('delivered'), bench.count('resent')]).toEqual([3, 3])
})

test('a transport that throws is an attempt that failed', async () => {
  jest.spyOn(bench.script, 'send').mockRejectedValueOnce(new Error('bad certificate'))
  bench.add('x')
  await turns()
  await advance(300)
  await bench.script.answer(delivered)
  expect(said.lines[0]).toContain('bad certificate')
})

test('what waits is bounded: the oldest goes first, and is counted', async () => {
  bench.add('x')
  await bench.script.answer(away)
  for (let i = 0; i < 5; i++) bench.add('x', 100, 8 * MIB)
  expect([bench.pending[PENDING], bench.count('overflow')]).toEqual([4, 101])
  await advance(61_000)
  expect(said.lines.filter((line) => line.includes('LOST'))).toEqual([
    expect.stringContaining('1 span for http://localhost:4317 (grpc) is lost: more than'),
    expect.stringContaining('101 spans'),
  ])
})
