import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Backlog } from '../src/export/backlog.ts'
import { Channel } from '../src/export/channel.ts'
import type { Batch } from '../src/export/protocol.ts'
import type { Endpoint } from '../src/options/endpoint.ts'
import { useSaid } from './support/said.ts'

const batch = (text: string, items = 1): Batch => ({
  signal: 'traces',
  items,
  bytes: new Uint8Array(Buffer.from(text)),
})
const MiB = 1024 * 1024

describe('backlog', () => {
  const giant = (signal: Batch['signal'] = 'traces'): Batch => ({
    signal,
    items: 1,
    bytes: new Uint8Array(10 * MiB),
  })

  test('what waits is bounded for each signal; the oldest goes first', () => {
    const backlog = new Backlog()
    const [first, logs, second] = [giant(), giant('logs'), giant()]
    expect(backlog.hold(first)).toEqual([])
    expect(backlog.hold(logs)).toEqual([])
    expect(backlog.hold(second)).toEqual([first])
    expect([backlog.next(0), backlog.next(0), backlog.next(0)]).toEqual([logs, second, undefined])
  })

  test('a worker that reads nothing gets no more than a bounded number of bytes; reading makes room', () => {
    const backlog = new Backlog()
    let posted = 0
    const post = (read: number): void => {
      backlog.hold(giant())
      for (let next = backlog.next(read); next; next = backlog.next(read)) {
        backlog.posted(next, next.bytes.byteLength, false)
        posted++
      }
    }
    for (let i = 0; i < 20; i++) post(0)
    expect(posted).toBe(7)
    post(5)
    expect(posted).toBe(8)
  })

  test('only copies come back from a worker that is gone, those it had not read, in their order', () => {
    const backlog = new Backlog()
    const batches = ['a', 'b', 'c', 'd'].map((text) => batch(text))
    for (const [i, one] of batches.entries()) {
      backlog.hold(one)
      backlog.posted(backlog.next(0)!, 1, i !== 2)
    }
    const waiting = batch('e')
    backlog.hold(waiting)
    backlog.reclaim(1)
    expect([backlog.next(0), backlog.next(0), backlog.next(0)]).toEqual([batches[1], batches[3], waiting])
  })
})

describe('channel', () => {
  const file = join(__dirname, 'support/export-worker.cjs')
  let dir: string
  let channel: Channel | undefined

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-channel-'))
  })
  afterEach(async () => {
    await channel?.close(0)
    rmSync(dir, { recursive: true })
  })
  const said = useSaid()

  const open = (behaviour: string, spool?: ConstructorParameters<typeof Channel>[2]): Channel => {
    const endpoint = { url: `http://${behaviour}${join(dir, 'diary')}`, protocol: 'grpc' } as Endpoint
    return (channel = new Channel(file, { traces: endpoint }, spool))
  }
  const diary = (): string[] => readFileSync(join(dir, 'diary'), 'utf8').split('\n').filter(Boolean)

  test('what is handed over arrives, and flush() waits for it', async () => {
    const one = open('good')
    one.send(batch('first', 2))
    one.send(batch('second', 3))
    expect(await one.flush(5000)).toBe(true)
    expect(diary()).toEqual(['2 first', '3 second'])
    one.send(batch('third'))
    expect(await one.flush(5000)).toBe(true)
    expect(diary()).toHaveLength(3)
    expect(one.sent.traces).toBe(6)
  })

  test('end() blocks until all has arrived, from a worker that was only just started', () => {
    const one = open('good')
    one.send(batch('last'))
    expect(one.end(5000)).toBe(true)
    expect(diary()).toEqual(['1 last'])
    one.send(batch('later'))
    expect(diary()).toEqual(['1 last', '1 later'])
  })

  test('a worker that dies at once: the next one gets all', async () => {
    const one = open('dies-at-start')
    one.send(batch('kept'))
    expect(await one.flush(5000)).toBe(true)
    expect(diary()).toEqual(['1 kept'])
    expect(said.lines).toEqual([
      expect.stringMatching(/the export worker stopped \(no good\)\. Nothing was lost with it/),
    ])
  })

  test('a worker that dies with what it took: counted and said, and the rest goes on', async () => {
    const one = open('dies-with-first')
    one.send(batch('gone', 7))
    one.send(batch('kept', 2))
    expect(await one.flush(8000)).toBe(true)
    expect(diary()).toEqual(['2 kept'])
    expect(said.lines).toEqual([expect.stringMatching(/it ended with code 3\). Lost with it: 7 spans/)])
    expect(one.counters.read('traces', 'stopped')).toBe(7)
  })

  test('a worker that takes a batch and does not settle it: at the end its items are counted, and said', () => {
    const one = open('never-settles')
    one.send(batch('gone', 7))
    one.send(batch('gone too', 2))
    expect(one.end(1000)).toBe(false)
    expect(one.counters.read('traces', 'exit')).toBe(9)
    expect(said.lines).toEqual([
      expect.stringMatching(/^WAYBILL_TELEMETRY_LOST: 9 spans for .* the process ended before/),
    ])
    // What comes later is counted too.
    one.send(batch('late', 1))
    expect(one.counters.read('traces', 'exit')).toBe(10)
    expect(said.lines.at(-1)).toMatch(/LOST: 1 more span for /)
  })

  test('a worker that never reads: the end comes in time, and what cannot be kept is counted', () => {
    const one = open('never-reads')
    one.send(batch('lost', 4))
    const before = performance.now()
    one.end(200)
    expect(performance.now() - before).toBeLessThan(2000)
    expect(one.counters.read('traces', 'exit')).toBe(4)
    expect(said.lines).toEqual([
      expect.stringMatching(
        /WAYBILL_TELEMETRY_LOST: 4 spans for http:\/\/never-reads \(grpc\) are lost: the process ended/,
      ),
    ])
  })
})
