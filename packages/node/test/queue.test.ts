import { setImmediate } from 'node:timers/promises'
import { MAX_REQUEST_BYTES, type Cut, type Encoder, type Request } from '../src/export/encode/encoder.ts'
import { BatchQueue } from '../src/export/queue.ts'

/** Numbers, each of which is so many bytes large. */
class Numbers implements Encoder<number> {
  records: number[] = []
  size = 1
  get items(): number {
    return this.records.length
  }
  get bytes(): number {
    return this.records.reduce((sum, record) => sum + this.#sizeOf(record), 0)
  }
  add(record: number): void {
    if (record < 0) throw new Error(`cannot encode ${record}`)
    this.records.push(record)
  }
  undo(): void {
    this.records.pop()
  }
  cut(): Cut {
    const { records, bytes } = this
    this.records = []
    const requests = (): Request[] => {
      if (records.includes(666)) throw new Error('cannot assemble')
      return [{ items: records.length, bytes: Uint8Array.from(records.flatMap((n) => [n >> 8, n])) }]
    }
    return { items: records.length, bytes, requests }
  }
  #sizeOf(record: number): number {
    return record === 999 ? MAX_REQUEST_BYTES + 1 : this.size
  }
}

function make(
  delay: number,
  ready: () => Promise<void> | undefined = () => undefined,
): { queue: BatchQueue<number>; encoder: Numbers; batches: number[][]; failed: number[] } {
  const batches: number[][] = []
  const failed: number[] = []
  const encoder = new Numbers()
  const send = ({ bytes }: Request): void => {
    batches.push(Array.from({ length: bytes.length / 2 }, (_, i) => bytes[i * 2]! * 256 + bytes[i * 2 + 1]!))
  }
  const options = {
    encoder,
    batch: { batchSize: 10, delay },
    send,
    ready,
    failed: (n: number) => failed.push(n),
  }
  return { batches, encoder, failed, queue: new BatchQueue<number>(options) }
}

test('a burst in one turn is cut into batches, and nothing of it is dropped', () => {
  const { queue, batches } = make(60_000)
  for (let i = 0; i < 1003; i++) queue.add(i % 600)
  expect(batches).toHaveLength(100)
  queue.flush()
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(10)
  expect(batches.flat()).toEqual(Array.from({ length: 1003 }, (_, i) => i % 600))
  expect(queue.items).toBe(0)
})

test('a batch is full by its bytes, too', () => {
  const { queue, encoder, batches } = make(60_000)
  encoder.size = MAX_REQUEST_BYTES / 4 + 1
  for (let i = 0; i < 9; i++) queue.add(i)
  expect(batches).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ])
})

test('a giant goes alone: it takes no others with it when the collector refuses it', () => {
  const { queue, batches } = make(60_000)
  for (const record of [1, 2, 999, 3]) queue.add(record)
  queue.flush()
  expect(batches).toEqual([[1, 2], [999], [3]])
})

test('a lone record goes out after the delay, once what it needs is ready', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  try {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    let pending = true
    const { queue, batches } = make(1000, () => (pending ? gate : undefined))
    queue.add(1)
    jest.advanceTimersByTime(999)
    expect(batches).toEqual([])
    jest.advanceTimersByTime(1)
    await setImmediate()
    expect(batches).toEqual([])
    expect(queue.items).toBe(1)
    pending = false
    open()
    await setImmediate()
    expect(batches).toEqual([[1]])
    queue.add(2)
    jest.advanceTimersByTime(1000)
    expect(batches).toEqual([[1], [2]])
  } finally {
    jest.useRealTimers()
  }
})

test('a burst while the resource is not ready waits in batches; a lasting one goes without', async () => {
  const { queue, encoder, batches } = make(60_000, () => new Promise(() => {}))
  for (let i = 0; i < 25; i++) queue.add(i)
  await setImmediate()
  expect(batches).toEqual([])
  encoder.size = MAX_REQUEST_BYTES
  for (let i = 0; i < 20; i++) queue.add(i)
  expect(batches.flat().length).toBeGreaterThan(25)
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(10)
})

test('what cannot be encoded is lost alone, and counted', () => {
  const { queue, batches, failed } = make(60_000)
  for (const record of [1, -2, 3]) queue.add(record)
  queue.flush()
  expect(batches).toEqual([[1, 3]])
  for (const record of [4, 666]) queue.add(record)
  queue.flush()
  queue.add(5)
  queue.flush()
  expect(batches).toEqual([[1, 3], [5]])
  expect(failed).toEqual([1, 2])
})

test('at the end of the process there is no later', () => {
  const { queue, batches } = make(60_000, () => new Promise(() => {}))
  queue.add(1)
  queue.end()
  queue.add(2)
  expect(batches).toEqual([[1], [2]])
})
