import type * as fs from 'node:fs'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Counters, type Count } from '../src/export/counters.ts'
import { Delivery } from '../src/export/deliver.ts'
import type { Outcome, Transport } from '../src/export/job.ts'
import { Losses } from '../src/export/losses.ts'
import { Outages } from '../src/export/outages.ts'
import { PENDING, REPLAYING, type ExportDuration } from '../src/export/protocol.ts'
import { Shelf } from '../src/export/shelf.ts'
import { Spool } from '../src/export/spool/spool.ts'

const MIB = 1024 * 1024
const WHERE = 'http://localhost:4317 (grpc)'
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** A collector whose answers the test gives, one by one. */
class Script implements Transport {
  readonly sent: { bytes: Uint8Array; answer: (outcome: Outcome) => void }[] = []
  connected = false
  send(bytes: Uint8Array): Promise<Outcome> {
    return new Promise((answer) => this.sent.push({ bytes, answer }))
  }
  async answer(outcome: Outcome): Promise<void> {
    this.sent.shift()!.answer(outcome)
    await turns()
  }
  /** What is on its way, as the text it was made of. */
  texts(): string[] {
    return this.sent.map(({ bytes }) => Buffer.from(bytes).toString().trimEnd())
  }
}
const delivered: Outcome = { kind: 'delivered' }
const away: Outcome = { kind: 'retry', reason: 'ECONNREFUSED', error: 'ECONNREFUSED' }
const silent: Outcome = { kind: 'retry', reason: 'no answer', error: 'timeout', unsure: true }

let dir: string
let script: Script
let pending: number[]
let delivery: Delivery
let counters: Counters
let durations: ExportDuration[]
let lines: string[]

beforeEach(() => {
  jest.useFakeTimers()
  lines = []
  ;(globalThis as { [key: symbol]: unknown })[Symbol.for('waybill.reported')] = new Set()
  const real = jest.requireActual<typeof fs>('node:fs')
  jest
    .spyOn(real, 'writeSync')
    .mockImplementation(((_fd: number, text: string) => lines.push(text.trim().slice(9))) as never)
  dir = mkdtempSync(join(tmpdir(), 'waybill-deliver-'))
  start(false)
})
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
  rmSync(dir, { recursive: true, force: true })
})

function start(onDisk: boolean, maxBytes = 64 * MIB): void {
  const endpoint = {
    protocol: 'grpc',
    url: 'http://localhost:4317',
    headers: { authorization: 'secret' },
    gzip: false,
    timeout: 1000,
    tls: {},
  } as const
  script = new Script()
  counters = new Counters()
  pending = [0, 0]
  durations = []
  const losses = new Losses('traces', WHERE, counters)
  const outages = new Outages()
  const on = {
    lost: (_signal: unknown, items: number, reason: string) => losses.count(items, 'spoolDropped', reason),
    damaged: () => counters.add('traces', 'setAside', 1),
  }
  const spool = onDisk ? new Spool({ dir, maxBytes, service: 'shop' }, on) : undefined
  delivery = new Delivery({
    signal: 'traces',
    where: WHERE,
    content: 'protobuf',
    transport: script,
    shelf: spool && new Shelf(spool, 'traces', endpoint, WHERE, counters, outages),
    counters,
    losses,
    outages,
    began: (slot) => void pending[slot]!++,
    settled: (slot) => void pending[slot]!--,
    took: (duration) => void durations.push(duration),
  })
}

function add(text: string, items = 1, size = text.length): void {
  pending[PENDING]!++
  delivery.add({ bytes: Buffer.from(text.padEnd(size)), items })
}
const count = (name: Count): number => counters.read('traces', name)
const onDisk = (): string[] => readdirSync(join(dir, 'shop')).toSorted()
const advance = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms)

test('several batches are on their way at once, more of them the more are waiting', async () => {
  for (let i = 0; i < 8; i++) add(String(i))
  expect(script.sent).toHaveLength(8)
  add('8')
  expect(script.sent).toHaveLength(8)
  for (let i = 9; i < 200; i++) add(String(i))
  expect(script.sent).toHaveLength(32)
  await script.answer(delivered)
  expect(script.sent).toHaveLength(32)
  expect(pending[PENDING]).toBe(199)
  expect(count('delivered')).toBe(1)
  expect(count('inFlight')).toBe(32)
})

test('an outage: kept, tried again with growing pauses one at a time, then all delivered in order; one line each', async () => {
  add('0', 5)
  await script.answer(away)
  for (let i = 1; i < 6; i++) add(String(i), 5)
  expect(script.sent).toHaveLength(0)
  await advance(300)
  expect(script.texts()).toEqual(['0'])
  await script.answer(away)
  await advance(200)
  expect(script.sent).toHaveLength(0)
  await advance(400)
  expect(script.texts()).toEqual(['0'])
  await script.answer(delivered)
  expect(script.texts()).toEqual(['1', '2', '3', '4', '5'])
  while (script.sent.length > 0) await script.answer(delivered)
  expect(pending[PENDING]).toBe(0)
  expect([count('delivered'), count('retries'), count('queueBytes')]).toEqual([30, 2, 0])
  expect(durations.map(({ error }) => error).slice(0, 3)).toEqual(['ECONNREFUSED', 'ECONNREFUSED', undefined])
  expect(lines).toEqual([
    `WAYBILL_EXPORT_FAILED: ${WHERE} takes no telemetry: ECONNREFUSED. It is kept and tried again.`,
    expect.stringContaining('WAYBILL_EXPORT_RECOVERED'),
  ])
})

test('several on their way when the collector goes: they wait in the order in which they came', async () => {
  for (let i = 0; i < 8; i++) add(String(i))
  for (let i = 0; i < 8; i++) await script.answer(away)
  await advance(300)
  await script.answer(delivered)
  expect(script.texts()).toEqual(['1', '2', '3', '4', '5', '6', '7'])
})

test('the server says when to come back', async () => {
  add('x')
  await script.answer({ kind: 'retry', reason: '503', error: '503', after: 60_000 })
  await advance(59_000)
  expect(script.sent).toHaveLength(0)
  await advance(1000)
  expect(script.sent).toHaveLength(1)
})

test('the clock is set back during a pause: the pause ends all the same', async () => {
  add('x')
  await script.answer(away)
  jest.setSystemTime(Date.now() - 3_600_000)
  await advance(300)
  expect(script.sent).toHaveLength(1)
})

test('a batch on which the collector fails each time does not hold up the others', async () => {
  script.connected = true
  add('poison')
  await script.answer(silent)
  add('good')
  for (let i = 0; i < 20 && script.texts()[0] !== 'good'; i++) {
    await advance(6000)
    if (script.texts()[0] === 'poison') await script.answer(silent)
  }
  await script.answer(delivered)
  expect(count('delivered')).toBe(1)
})

test('refused for good: not tried again, counted and said; a line when the loss is over', async () => {
  add('x', 7)
  await script.answer({ kind: 'refused', reason: 'HTTP 400', error: '400' })
  expect([script.sent.length, pending[PENDING], count('refused')]).toEqual([0, 0, 7])
  add('x', 7)
  await script.answer({ kind: 'refused', reason: 'HTTP 400', error: '400' })
  await advance(60_000)
  expect(lines).toEqual([
    `WAYBILL_TELEMETRY_LOST: 7 spans for ${WHERE} are lost: HTTP 400.`,
    expect.stringMatching(
      /^WAYBILL_TELEMETRY_LOST: no more since \d+ s; 14 spans for .* were lost in 1 s\.$/,
    ),
  ])
})

test('a loss that goes on is said again in sum, once a minute', async () => {
  for (let i = 0; i < 30; i++) {
    add('x')
    await script.answer({ kind: 'refused', reason: 'HTTP 401', error: '401' })
    await advance(5000)
  }
  expect(lines.length).toBeLessThanOrEqual(4)
  expect(lines.at(-1)).toMatch(/more spans/)
})

test('a partial success: what was rejected is lost, the rest is not; a warning is said once', async () => {
  add('x', 10)
  await script.answer({ kind: 'delivered', rejected: 4, reason: 'too old' })
  expect([count('delivered'), count('rejected')]).toEqual([6, 4])
  for (let i = 0; i < 2; i++) {
    add('x', 10)
    await script.answer({ kind: 'delivered', rejected: 0, reason: 'use gzip' })
  }
  expect(lines).toEqual([
    `WAYBILL_TELEMETRY_LOST: 4 spans for ${WHERE} are lost: the collector rejected them: too old.`,
    `WAYBILL_COLLECTOR_WARNING: ${WHERE}, on traces: use gzip`,
  ])
})

test('delivered after an attempt without an answer: counted as perhaps there twice', async () => {
  add('x', 3)
  await script.answer(silent)
  await advance(300)
  await script.answer(delivered)
  expect([count('delivered'), count('resent')]).toEqual([3, 3])
})

test('a transport that throws is an attempt that failed', async () => {
  jest.spyOn(script, 'send').mockRejectedValueOnce(new Error('bad certificate'))
  add('x')
  await turns()
  await advance(300)
  await script.answer(delivered)
  expect(lines[0]).toContain('bad certificate')
})

describe('without a disk', () => {
  test('what waits is bounded: the oldest goes first, and is counted', async () => {
    add('x')
    await script.answer(away)
    for (let i = 0; i < 5; i++) add('x', 100, 8 * MIB)
    expect([pending[PENDING], count('overflow')]).toEqual([4, 101])
    await advance(61_000)
    expect(lines.filter((line) => line.includes('LOST'))).toEqual([
      expect.stringContaining('1 spans for http://localhost:4317 (grpc) are lost: more than'),
      expect.stringContaining('101 spans'),
    ])
  })

  test('the process ends: no pause any more, one last attempt for each, losses counted', async () => {
    add('x', 3)
    await script.answer(away)
    add('x', 4)
    delivery.hurry(2000)
    expect(script.sent).toHaveLength(2)
    await script.answer(away)
    expect(pending[PENDING]).toBe(1)
    await script.answer(away)
    expect([pending[PENDING], count('exit')]).toEqual([0, 7])
    expect(lines.at(-1)).toContain('WAYBILL_TELEMETRY_LOST: 7 spans')
    expect(lines).toHaveLength(2)
  })

  test('the process ends, and some batches get through: what did not is said', async () => {
    add('x', 3)
    add('x', 4)
    delivery.hurry(2000)
    add('x', 5)
    await script.answer(delivered)
    await script.answer({ kind: 'refused', reason: 'HTTP 400', error: '400' })
    await script.answer(delivered)
    expect(lines).toEqual([expect.stringContaining('WAYBILL_TELEMETRY_LOST: 4 spans')])
  })

  test('the process ends, its sum is said, and then another signal takes the room on disk: said too', () => {
    const losses = new Losses('traces', WHERE, counters)
    losses.hold()
    losses.count(5, 'spoolDropped', 'full')
    losses.sum()
    losses.count(2, 'spoolDropped', 'full')
    expect(lines).toEqual([
      `WAYBILL_TELEMETRY_LOST: 5 spans for ${WHERE} are lost: full.`,
      `WAYBILL_TELEMETRY_LOST: 2 more spans for ${WHERE} are lost: full.`,
    ])
  })

  test('the process ends, and there is no answer: settled before the time is up', async () => {
    script.connected = true
    add('x', 3)
    delivery.hurry(1000)
    await advance(990)
    expect([pending[PENDING], count('exit')]).toEqual([0, 3])
  })
})

describe('with a disk', () => {
  beforeEach(() => start(true))

  test('away for seconds: what waits goes to disk, and what comes; then all is delivered, in order', async () => {
    add('0', 2)
    await script.answer(away)
    add('1', 2)
    for (let i = 0; i < 8; i++) {
      await advance(500)
      if (script.sent.length > 0) await script.answer(away)
    }
    add('2', 2)
    expect(onDisk()).toHaveLength(3)
    expect([pending[PENDING], count('spooled'), count('queueBytes')]).toEqual([0, 6, 0])
    const order: string[] = []
    for (let i = 0; i < 40 && order.length < 3; i++) {
      await advance(1000)
      for (; script.sent.length > 0; await script.answer(delivered)) order.push(script.texts()[0]!)
    }
    expect(order).toEqual(['0', '1', '2'])
    expect(onDisk()).toEqual([])
    expect(pending).toEqual([0, 0])
    expect([count('delivered'), count('replayed'), count('resent'), count('spoolBytes')]).toEqual([
      6, 6, 0, 0,
    ])
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'WAYBILL_EXPORT_FAILED',
      'WAYBILL_SPOOLING',
      'WAYBILL_EXPORT_RECOVERED',
      'WAYBILL_REPLAYED',
    ])
    expect(lines[3]).toContain('6 spans from the disk were delivered')
    expect(lines.join('\n')).not.toContain('secret')
  })

  test('more than memory may hold: the oldest goes to disk, nothing is lost', async () => {
    add('0')
    await script.answer(away)
    for (let i = 1; i < 5; i++) add(String(i), 1, 8 * MIB)
    expect(onDisk()).toHaveLength(3)
    expect(count('queueBytes')).toBe(16 * MIB)
    expect(count('overflow')).toBe(0)
  })

  test('the disk is full too: the oldest there makes room, counted exactly', async () => {
    start(true, 20 * MIB)
    add('0', 1)
    await script.answer(away)
    for (let i = 1; i <= 8; i++) add(String(i), 10, 8 * MIB)
    // 2 in memory, 2 on disk.
    expect(onDisk()).toHaveLength(2)
    expect([count('spoolDropped'), count('spooled')]).toEqual([41, 61])
    expect(lines.at(-1)).toContain('WAYBILL_TELEMETRY_LOST: 1 spans')
    await advance(15_000)
    expect(lines.find((line) => line.includes('no more'))).toContain(`${count('spoolDropped')} spans`)
  })

  test('a new process finds what another left, and delivers it at a bounded rate', async () => {
    for (let i = 0; i < 12; i++) {
      add(String(i), 1, MIB)
      delivery.hurry(0)
    }
    expect(onDisk()).toHaveLength(12)
    start(true)
    delivery.replay()
    expect(script.sent).toHaveLength(1)
    let passed = 0
    const order: string[] = []
    while (order.length < 12) {
      order.push(...script.texts())
      while (script.sent.length > 0) await script.answer(delivered)
      await advance(25)
      passed += 25
    }
    expect(order).toEqual(Array.from({ length: 12 }, (_, i) => String(i)))
    expect(passed).toBeGreaterThan(1300)
    expect(onDisk()).toEqual([])
  })

  test('the process ends while the collector is away: one attempt, then all goes to disk at once', async () => {
    add('0', 3)
    await script.answer(away)
    for (let i = 1; i < 20; i++) add(String(i), 4)
    delivery.hurry(2000)
    const flying = script.sent.length
    await script.answer(away)
    // The others are not tried any more.
    expect(script.sent).toHaveLength(flying - 1)
    expect(onDisk()).toHaveLength(20 - (flying - 1))
    while (script.sent.length > 0) await script.answer(away)
    expect([pending[PENDING], count('exit'), count('spooled')]).toEqual([0, 0, 79])
    expect(onDisk()).toHaveLength(20)
    expect(lines.map((line) => line.split(':')[0])).toEqual(['WAYBILL_EXPORT_FAILED', 'WAYBILL_SPOOLING'])
  })

  test('the process ends, and there is not even a connection: to disk in less than a second, not as sent', async () => {
    add('x')
    delivery.hurry(2000)
    await advance(700)
    expect(pending[PENDING]).toBe(0)
    expect(onDisk()).toHaveLength(1)
  })

  test('the process ends, and the answer does not come in time: to disk; it comes late: off the disk again', async () => {
    script.connected = true
    add('0', 3)
    add('1', 3)
    delivery.hurry(2000)
    await advance(1500)
    expect(pending[PENDING]).toBe(2)
    await advance(490)
    expect(pending[PENDING]).toBe(0)
    expect(onDisk()).toEqual([expect.stringContaining('-1.traces'), expect.stringContaining('-1.traces')])
    await script.answer(delivered)
    expect(onDisk()).toHaveLength(1)
    expect(count('delivered')).toBe(3)
    // What is made after that goes straight to disk.
    add('2', 3)
    expect([onDisk().length, pending[PENDING]]).toEqual([2, 0])
  })

  test('the process ends during a replay: answers are waited for, nothing more is taken', async () => {
    for (let i = 0; i < 8; i++) add(String(i), 1, 1)
    delivery.hurry(0)
    start(true)
    script.connected = true
    delivery.replay()
    await advance(20)
    const flying = script.sent.length
    expect(pending[REPLAYING]).toBe(flying)
    delivery.hurry(2000)
    while (script.sent.length > 0) await script.answer(delivered)
    await advance(100)
    expect(pending).toEqual([0, 0])
    expect(onDisk()).toHaveLength(8 - flying)
  })

  test('refused from the disk: off the disk, counted, not tried again', async () => {
    add('x', 5)
    delivery.hurry(0)
    start(true)
    delivery.replay()
    await script.answer({ kind: 'refused', reason: 'HTTP 400', error: '400' })
    expect(onDisk()).toEqual([])
    expect([count('refused'), count('replayed')]).toEqual([5, 0])
  })
})
