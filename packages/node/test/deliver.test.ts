import type * as fs from 'node:fs'
import { Delivery, type Outcome, type Transport } from '../src/export/deliver.ts'
import type { Batch } from '../src/export/protocol.ts'
import type { Endpoint } from '../src/options/endpoint.ts'

const endpoint: Endpoint = {
  protocol: 'grpc',
  url: 'http://localhost:4317',
  headers: {},
  gzip: false,
  timeout: 1000,
  tls: {},
}
const batch = (items: number, size = 10): Batch => ({ signal: 'traces', items, bytes: new Uint8Array(size) })
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** A collector whose answers the test gives, one by one. */
class Script implements Transport {
  readonly sent: { bytes: Uint8Array; answer: (outcome: Outcome) => void }[] = []
  send(bytes: Uint8Array): Promise<Outcome> {
    return new Promise((answer) => this.sent.push({ bytes, answer }))
  }
  async answer(outcome: Outcome): Promise<void> {
    this.sent.shift()!.answer(outcome)
    await turns()
  }
}

let script: Script
let settled: number
let delivery: Delivery
let lines: string[]

beforeEach(() => {
  jest.useFakeTimers()
  script = new Script()
  settled = 0
  lines = []
  delivery = new Delivery('traces', endpoint, script, () => settled++)
  ;(globalThis as { [key: symbol]: unknown })[Symbol.for('waybill.reported')] = new Set()
  jest
    .spyOn(jest.requireActual<typeof fs>('node:fs'), 'writeSync')
    .mockImplementation(((_fd: number, text: string) => lines.push(text.trim())) as never)
})
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

test('several batches are on their way at once, the rest waits its turn', async () => {
  for (let i = 0; i < 20; i++) delivery.add(batch(1))
  expect(script.sent).toHaveLength(8)
  await script.answer({ kind: 'delivered' })
  expect(script.sent).toHaveLength(8)
  expect(settled).toBe(1)
})

test('an outage: kept, tried again with growing pauses one at a time, then all delivered; one line each', async () => {
  delivery.add(batch(5))
  await script.answer({ kind: 'retry', reason: 'ECONNREFUSED' })
  for (let i = 0; i < 5; i++) delivery.add(batch(5))
  expect(script.sent).toHaveLength(0)
  await jest.advanceTimersByTimeAsync(300)
  expect(script.sent).toHaveLength(1)
  await script.answer({ kind: 'retry', reason: 'ECONNREFUSED' })
  await jest.advanceTimersByTimeAsync(200)
  expect(script.sent).toHaveLength(0)
  await jest.advanceTimersByTimeAsync(400)
  expect(script.sent).toHaveLength(1)
  await script.answer({ kind: 'delivered' })
  while (script.sent.length > 0) await script.answer({ kind: 'delivered' })
  expect(settled).toBe(6)
  expect(lines).toEqual([
    expect.stringContaining(
      'WAYBILL_EXPORT_FAILED: http://localhost:4317 (grpc) takes no telemetry: ECONNREFUSED',
    ),
    expect.stringContaining('WAYBILL_EXPORT_RECOVERED'),
  ])
})

test('the server says when to come back', async () => {
  delivery.add(batch(1))
  await script.answer({ kind: 'retry', reason: '503', after: 60_000 })
  await jest.advanceTimersByTimeAsync(59_000)
  expect(script.sent).toHaveLength(0)
  await jest.advanceTimersByTimeAsync(1000)
  expect(script.sent).toHaveLength(1)
})

test('refused for good: not tried again, counted and said', async () => {
  delivery.add(batch(7))
  await script.answer({ kind: 'refused', reason: 'HTTP 400' })
  await jest.advanceTimersByTimeAsync(60_000)
  expect(script.sent).toHaveLength(0)
  expect(settled).toBe(1)
  expect(lines).toEqual([
    expect.stringContaining(
      'WAYBILL_TELEMETRY_LOST: 7 spans for http://localhost:4317 (grpc) are lost: HTTP 400',
    ),
  ])
})

test('the process ends during an outage: no pause any more, one last attempt for each, losses counted', async () => {
  delivery.add(batch(3))
  await script.answer({ kind: 'retry', reason: 'ECONNREFUSED' })
  delivery.add(batch(4))
  delivery.hurry()
  expect(script.sent).toHaveLength(2)
  await script.answer({ kind: 'retry', reason: 'ECONNREFUSED' })
  expect(settled).toBe(1)
  await script.answer({ kind: 'retry', reason: 'ECONNREFUSED' })
  expect(settled).toBe(2)
  expect(lines.at(-1)).toContain('WAYBILL_TELEMETRY_LOST: 7 spans')
  expect(lines).toHaveLength(2)
})

test('the process ends, and some batches get through: what did not is said', async () => {
  delivery.add(batch(3))
  delivery.add(batch(4))
  delivery.hurry()
  delivery.add(batch(5))
  await script.answer({ kind: 'delivered' })
  await script.answer({ kind: 'refused', reason: 'HTTP 400' })
  await script.answer({ kind: 'delivered' })
  expect(lines).toEqual([expect.stringContaining('WAYBILL_TELEMETRY_LOST: 4 spans')])
})

test('what waits is bounded: the oldest goes first, and is counted', async () => {
  delivery.add(batch(1))
  await script.answer({ kind: 'retry', reason: 'ECONNREFUSED' })
  for (let i = 0; i < 5; i++) delivery.add(batch(100, 8 * 1024 * 1024))
  expect(settled).toBe(2)
  await jest.advanceTimersByTimeAsync(61_000)
  expect(lines.filter((line) => line.includes('LOST'))).toEqual([
    expect.stringContaining('1 spans for http://localhost:4317 (grpc) are lost: more than'),
    expect.stringContaining('100 spans for http://localhost:4317 (grpc) are lost: more than'),
  ])
})
