import { setImmediate } from 'node:timers/promises'
import { BatchQueue } from '../src/export/queue.ts'

const make = (
  delay: number,
  ready?: () => Promise<void> | undefined,
): { queue: BatchQueue<number>; batches: number[][] } => {
  const batches: number[][] = []
  return {
    batches,
    queue: new BatchQueue<number>({ batchSize: 10, delay }, (records) => batches.push(records), ready),
  }
}

test('a burst in one turn is cut into batches, and nothing of it is dropped', async () => {
  const { queue, batches } = make(60_000)
  for (let i = 0; i < 1003; i++) queue.add(i)
  await setImmediate()
  await setImmediate()
  queue.flush()
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(10)
  expect(batches.flat()).toEqual(Array.from({ length: 1003 }, (_, i) => i))
})

test('a full batch goes out after the current turn, not within the call that filled it', async () => {
  const { queue, batches } = make(60_000)
  for (let i = 0; i < 12; i++) queue.add(i)
  expect(batches).toEqual([])
  await setImmediate()
  await setImmediate()
  expect(batches.flat()).toHaveLength(12)
})

test('a lone record goes out after the delay, once what it needs is ready', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  try {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const { queue, batches } = make(1000, () => gate)
    queue.add(1)
    jest.advanceTimersByTime(999)
    expect(batches).toEqual([])
    jest.advanceTimersByTime(1)
    await setImmediate()
    expect(batches).toEqual([])
    open()
    await setImmediate()
    expect(batches).toEqual([[1]])
  } finally {
    jest.useRealTimers()
  }
})

test('an encoder that throws loses its batch only, and the app never notices', () => {
  const sent: number[][] = []
  const queue = new BatchQueue<number>({ batchSize: 1, delay: 1 }, (records) => {
    if (records[0] === 2) throw new Error('cannot encode 2')
    sent.push(records)
  })
  for (const record of [1, 2, 3]) queue.add(record)
  queue.flush()
  expect(sent).toEqual([[1], [3]])
})
