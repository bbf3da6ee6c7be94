import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { normalize } from '../src/normalize.ts'
import { Query } from '../src/query.ts'
import type { Signal } from '../src/rows.ts'
import { Store, type StoreOptions } from '../src/store.ts'
import { gauge, logs, metrics, span, traceId, traces } from './support/requests.ts'

const open: Store[] = []
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viewer-'))
})
afterEach(() => {
  for (const store of open.splice(0)) if (store.db.isOpen) store.close()
  rmSync(folder, { recursive: true })
})

function openStore(options: StoreOptions = {}): Store {
  const store = new Store(options)
  open.push(store)
  return store
}

function add(store: Store, signal: Signal, request: Record<string, unknown>): void {
  store.add(normalize(signal, request))
}

function partsIn(store: Store): number {
  return Number(store.db.prepare('SELECT count(*) AS count FROM parts').get()?.['count'])
}

const spansFrom = (first: number, count: number, text = ''): unknown[] =>
  Array.from({ length: count }, (_, n) =>
    span({ span: first + n, name: `${first + n}`, attributes: { text } }),
  )

test('of spans, logs and points the oldest go first, each within its own bound', () => {
  const store = openStore({ maxSpans: 3, maxLogs: 2, maxMetricPoints: 1 })
  add(store, 'traces', traces('a', ...spansFrom(1, 2)))
  add(store, 'traces', traces('b', ...spansFrom(3, 2)))
  for (const n of ['1', '2', '3'])
    add(store, 'logs', logs('a', { timeUnixNano: n, body: { stringValue: n } }))
  add(store, 'metrics', metrics('a', gauge('old', 1), gauge('new', 1)))

  const query = new Query(store.db)
  expect(query.spans().map(({ name }) => name)).toEqual(['2', '3', '4'])
  expect(query.logs().map(({ body }) => body)).toEqual(['2', '3'])
  expect(query.metrics().map(({ name }) => name)).toEqual(['new'])
  expect(store.totals).toMatchObject({ spans: 3, logs: 2, points: 1, evicted: 3 })
})

test('one request larger than the store leaves its newest', () => {
  const store = openStore({ maxSpans: 10 })
  add(store, 'traces', traces('a', ...spansFrom(1, 1_234)))
  expect(new Query(store.db).spans().map(({ name }) => name)).toEqual(
    spansFrom(1_225, 10).map((_, n) => `${1_225 + n}`),
  )
  expect(store.totals).toMatchObject({ spans: 10, evicted: 1_224 })
})

test('by bytes, the oldest of any kind go', () => {
  const store = openStore({ maxBytes: 20_000 })
  add(store, 'logs', logs('a', { timeUnixNano: '1', body: { stringValue: 'x'.repeat(5_000) } }))
  add(store, 'traces', traces('a', span({ attributes: { text: 'x'.repeat(5_000) } })))
  expect(store.totals).toMatchObject({ logs: 1, spans: 1, evicted: 0 })
  add(store, 'metrics', metrics('a', { ...(gauge('m', 1) as object), description: 'x'.repeat(9_000) }))
  expect(store.totals).toMatchObject({ logs: 0, spans: 1, points: 1, evicted: 1 })
  add(store, 'traces', traces('a', span({ span: 2, attributes: { text: 'x'.repeat(8_000) } })))
  expect(store.totals).toMatchObject({ spans: 1, points: 1, evicted: 2 })
  expect(store.totals.bytes).toBeLessThanOrEqual(20_000)
})

test('a record larger than the store does not stay, and leaves nothing behind', () => {
  const store = openStore({ maxBytes: 10_000 })
  add(store, 'traces', traces('a', span({ attributes: { text: 'x'.repeat(20_000) }, links: [9] })))
  expect(store.totals).toMatchObject({ spans: 0, evicted: 1, bytes: 0 })
  expect(partsIn(store)).toBe(0)
  expect(new Query(store.db).linksTo(traceId(9))).toEqual([])
})

test('what records have in common is stored once, and goes with the last of them', () => {
  const store = openStore({ maxSpans: 2 })
  const big = 'x'.repeat(10_000)
  for (let n = 1; n <= 20; n++) add(store, 'traces', traces(big, span({ span: n })))
  expect(store.totals.bytes).toBeLessThan(50_000)
  expect(partsIn(store)).toBe(2)
  add(store, 'traces', traces('other', ...spansFrom(30, 2)))
  expect(store.totals.bytes).toBeLessThan(5_000)
  expect(partsIn(store)).toBe(2)
  expect(new Query(store.db).spans()).toMatchObject([{ service: 'other' }, { service: 'other' }])
})

test('what the database refuses is undone whole', () => {
  const store = openStore()
  add(store, 'traces', traces('a', ...spansFrom(1, 2)))
  const before = { ...store.totals }
  store.db.exec(
    "CREATE TRIGGER refuse BEFORE INSERT ON spans WHEN NEW.name = '5' BEGIN SELECT RAISE(ABORT, 'full'); END",
  )
  expect(() => add(store, 'traces', traces('b', ...spansFrom(3, 4)))).toThrow('full')
  expect(store.totals).toEqual(before)
  expect(new Query(store.db).spans()).toHaveLength(2)
  store.db.exec('DROP TRIGGER refuse')
  add(store, 'traces', traces('b', ...spansFrom(3, 4)))
  expect(store.totals).toMatchObject({ spans: 6 })
})

test('a file keeps its rows, for its owner only, and its counts', () => {
  const file = join(folder, 'spans.db')
  const first = openStore({ file })
  add(first, 'traces', traces('a', ...spansFrom(1, 3)))
  const { spans, bytes } = first.totals
  first.close()
  expect(statSync(file).mode & 0o777).toBe(0o600)

  const second = openStore({ file })
  expect(second.totals).toMatchObject({ spans, bytes })
  add(second, 'traces', traces('a', ...spansFrom(4, 1)))
  expect(new Query(second.db).spans().map(({ name }) => name)).toEqual(['1', '2', '3', '4'])
  second.close()

  const smaller = openStore({ file, maxSpans: 1 })
  expect(new Query(smaller.db).spans().map(({ name }) => name)).toEqual(['4'])
})

test('a file stays near its bound, whatever passes through it', () => {
  const file = join(folder, 'spans.db')
  const maxBytes = 1_000_000
  const store = openStore({ file, maxBytes })
  for (let n = 0; n < 40; n++) {
    const spans = Array.from({ length: 250 }, (_, i) =>
      span({ trace: n + 1, span: i + 1, links: [n + 2, n + 3] }),
    )
    add(store, 'traces', traces(`service-${n}`, ...spans))
  }
  expect(store.totals.evicted).toBeGreaterThan(5_000)
  expect(store.totals.bytes).toBeLessThanOrEqual(maxBytes)
  store.close()
  expect(statSync(file).size).toBeLessThan(1.25 * maxBytes)
})

test('a file that is not ours, or is open elsewhere, is said and left alone', () => {
  const text = join(folder, 'notes.txt')
  writeFileSync(text, 'not a database, but long enough to look at as one'.repeat(20))
  expect(() => new Store({ file: text })).toThrow(
    /cannot keep telemetry in .*notes\.txt: file is not a database/,
  )
  expect(statSync(text).size).toBe(980)

  const foreign = join(folder, 'foreign.db')
  const other = openStore({ file: foreign })
  other.db.exec('PRAGMA user_version = 99')
  other.close()
  expect(() => new Store({ file: foreign })).toThrow('not a file of this version')

  const shared = join(folder, 'shared.db')
  openStore({ file: shared })
  expect(() => new Store({ file: shared })).toThrow('another viewer has it open')
  expect(() => new Store({ file: join(folder, 'missing', 'x.db') })).toThrow('cannot keep telemetry')
})

test('bounds that make no sense are refused', () => {
  expect(() => new Store({ maxSpans: 0 })).toThrow('maxSpans must be')
  expect(() => new Store({ maxBytes: Number.NaN })).toThrow('maxBytes must be')
})
