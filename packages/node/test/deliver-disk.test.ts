// What becomes of batches where there is a disk.
import { PENDING } from '../src/export/protocol.ts'
import { advance, away, delivered, MIB, refused, useBench } from './support/delivery.ts'
import { useSaid } from './support/said.ts'

const bench = useBench()
const said = useSaid()

beforeEach(() => bench.start(64 * MIB))

test('away for seconds: what waits goes to disk, and what comes; then all is delivered, in order', async () => {
  bench.add('0', 2)
  await bench.script.answer(away)
  bench.add('1', 2)
  for (let i = 0; i < 8; i++) {
    await advance(500)
    if (bench.script.sent.length > 0) await bench.script.answer(away)
  }
  bench.add('2', 2)
  expect(bench.disk()).toHaveLength(3)
  expect([bench.pending[PENDING], bench.count('spooled'), bench.count('queueBytes')]).toEqual([0, 6, 0])
  const order: string[] = []
  for (let i = 0; i < 40 && order.length < 3; i++) {
    await advance(1000)
    for (; bench.script.sent.length > 0; await bench.script.answer(delivered))
      order.push(bench.script.texts()[0]!)
  }
  expect(order).toEqual(['0', '1', '2'])
  expect(bench.disk()).toEqual([])
  expect(bench.pending).toEqual([0, 0])
  expect([
    bench.count('delivered'),
    bench.count('replayed'),
    bench.count('resent'),
    bench.count('spoolBytes'),
  ]).toEqual([6, 6, 0, 0])
  expect(said.lines.map((line) => line.split(':')[0])).toEqual([
    'WAYBILL_EXPORT_FAILED',
    'WAYBILL_SPOOLING',
    'WAYBILL_EXPORT_RECOVERED',
    'WAYBILL_REPLAYED',
  ])
  expect(said.lines[3]).toContain('6 spans from the disk were delivered')
  expect(said.lines.join('\n')).not.toContain('secret')
})

test('more than memory may hold: the oldest goes to disk, nothing is lost', async () => {
  bench.add('0')
  await bench.script.answer(away)
  for (let i = 1; i < 5; i++) bench.add(String(i), 1, 8 * MIB)
  expect(bench.disk()).toHaveLength(3)
  expect(bench.count('queueBytes')).toBe(16 * MIB)
  expect(bench.count('overflow')).toBe(0)
})

test('the disk is full too: the oldest there makes room, counted exactly', async () => {
  bench.start(20 * MIB)
  bench.add('0', 1)
  await bench.script.answer(away)
  for (let i = 1; i <= 8; i++) bench.add(String(i), 10, 8 * MIB)
  // 2 in memory, 2 on disk.
  expect(bench.disk()).toHaveLength(2)
  expect([bench.count('spoolDropped'), bench.count('spooled')]).toEqual([41, 61])
  expect(said.lines.at(-1)).toContain('WAYBILL_TELEMETRY_LOST: 1 span ')
  await advance(15_000)
  expect(said.lines.find((line) => line.includes('no more'))).toContain(
    `${bench.count('spoolDropped')} spans`,
  )
})

test('a new process finds what another left, and delivers it at a bounded rate', async () => {
  for (let i = 0; i < 12; i++) {
    bench.add(String(i), 1, MIB)
    bench.delivery.hurry(0)
  }
  expect(bench.disk()).toHaveLength(12)
  bench.start(64 * MIB)
  bench.delivery.replay()
  expect(bench.script.sent).toHaveLength(1)
  let passed = 0
  const order: string[] = []
  while (order.length < 12) {
    order.push(...bench.script.texts())
    while (bench.script.sent.length > 0) await bench.script.answer(delivered)
    await advance(25)
    passed += 25
  }
  expect(order).toEqual(Array.from({ length: 12 }, (_, i) => String(i)))
  expect(passed).toBeGreaterThan(1300)
  expect(bench.disk()).toEqual([])
})

test('refused from the disk: off the disk, counted, not tried again', async () => {
  bench.add('x', 5)
  bench.delivery.hurry(0)
  bench.start(64 * MIB)
  bench.delivery.replay()
  await bench.script.answer(refused)
  expect(bench.disk()).toEqual([])
  expect([bench.count('refused'), bench.count('replayed')]).toEqual([5, 0])
})
