// What becomes of batches when the process ends.
import { Losses } from '../src/export/losses.ts'
import { PENDING, REPLAYING } from '../src/export/protocol.ts'
import { advance, away, delivered, MIB, refused, useBench, WHERE } from './support/delivery.ts'
import { useSaid } from './support/said.ts'

const bench = useBench()
const said = useSaid()

describe('without a disk', () => {
  test('the process ends: no pause any more, one last attempt for each, losses counted', async () => {
    bench.add('x', 3)
    await bench.script.answer(away)
    bench.add('x', 4)
    bench.delivery.hurry(2000)
    expect(bench.script.sent).toHaveLength(2)
    await bench.script.answer(away)
    expect(bench.pending[PENDING]).toBe(1)
    await bench.script.answer(away)
    expect([bench.pending[PENDING], bench.count('exit')]).toEqual([0, 7])
    expect(said.lines.at(-1)).toContain('WAYBILL_TELEMETRY_LOST: 7 spans')
    expect(said.lines).toHaveLength(2)
  })

  test('the process ends, and some batches get through: what did not is said', async () => {
    bench.add('x', 3)
    bench.add('x', 4)
    bench.delivery.hurry(2000)
    bench.add('x', 5)
    await bench.script.answer(delivered)
    await bench.script.answer(refused)
    await bench.script.answer(delivered)
    expect(said.lines).toEqual([expect.stringContaining('WAYBILL_TELEMETRY_LOST: 4 spans')])
  })

  test('the process ends, its sum is said, and then another signal takes the room on disk: said too', () => {
    const losses = new Losses('traces', WHERE, bench.counters)
    losses.hold()
    losses.count(5, 'spoolDropped', 'full')
    losses.sum()
    losses.count(2, 'spoolDropped', 'full')
    expect(said.lines).toEqual([
      `WAYBILL_TELEMETRY_LOST: 5 spans for ${WHERE} are lost: full.`,
      `WAYBILL_TELEMETRY_LOST: 2 more spans for ${WHERE} are lost: full.`,
    ])
  })

  test('the process ends, and there is no answer: settled before the time is up', async () => {
    bench.script.connected = true
    bench.add('x', 3)
    bench.delivery.hurry(1000)
    await advance(990)
    expect([bench.pending[PENDING], bench.count('exit')]).toEqual([0, 3])
  })
})

describe('with a disk', () => {
  beforeEach(() => bench.start(64 * MIB))

  test('the process ends while the collector is away: one attempt, then all goes to disk at once', async () => {
    bench.add('0', 3)
    await bench.script.answer(away)
    for (let i = 1; i < 20; i++) bench.add(String(i), 4)
    bench.delivery.hurry(2000)
    const flying = bench.script.sent.length
    await bench.script.answer(away)
    // The others are not tried any more.
    expect(bench.script.sent).toHaveLength(flying - 1)
    expect(bench.disk()).toHaveLength(20 - (flying - 1))
    while (bench.script.sent.length > 0) await bench.script.answer(away)
    expect([bench.pending[PENDING], bench.count('exit'), bench.count('spooled')]).toEqual([0, 0, 79])
    expect(bench.disk()).toHaveLength(20)
    expect(said.lines.map((line) => line.split(':')[0])).toEqual([
      'WAYBILL_EXPORT_FAILED',
      'WAYBILL_SPOOLING',
    ])
  })

  test('the process ends, and there is not even a connection: to disk in less than a second, not as sent', async () => {
    bench.add('x')
    bench.delivery.hurry(2000)
    await advance(700)
    expect(bench.pending[PENDING]).toBe(0)
    expect(bench.disk()).toHaveLength(1)
  })

  test('the process ends, and the answer does not come in time: to disk; it comes late: off the disk again', async () => {
    bench.script.connected = true
    bench.add('0', 3)
    bench.add('1', 3)
    bench.delivery.hurry(2000)
    await advance(1500)
    expect(bench.pending[PENDING]).toBe(2)
    await advance(490)
    expect(bench.pending[PENDING]).toBe(0)
    expect(bench.disk()).toEqual([expect.stringContaining('-1.traces'), expect.stringContaining('-1.traces')])
    await bench.script.answer(delivered)
    expect(bench.disk()).toHaveLength(1)
    expect(bench.count('delivered')).toBe(3)
    // What is made after that goes straight to disk.
    bench.add('2', 3)
    expect([bench.disk().length, bench.pending[PENDING]]).toEqual([2, 0])
  })

  test('the process ends during a replay: answers are waited for, nothing more is taken', async () => {
    for (let i = 0; i < 8; i++) bench.add(String(i), 1, 1)
    bench.delivery.hurry(0)
    bench.start(64 * MIB)
    bench.script.connected = true
    bench.delivery.replay()
    await advance(20)
    const flying = bench.script.sent.length
    expect(bench.pending[REPLAYING]).toBe(flying)
    bench.delivery.hurry(2000)
    while (bench.script.sent.length > 0) await bench.script.answer(delivered)
    await advance(100)
    expect(bench.pending).toEqual([0, 0])
    expect(bench.disk()).toHaveLength(8 - flying)
  })
})
