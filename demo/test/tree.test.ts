import { stoppedAt } from '../src/stopped.ts'
import { summarize } from '../src/summary.ts'
import { indexOf } from '../src/telemetry.ts'
import { drawTree } from '../src/tree.ts'
import { log, span, tell, TOPICS } from './telling.ts'

test('spans under their parents, log lines beside them, linked work in its place', () => {
  const story = tell('notified', 'stored')
  expect(drawTree(indexOf(story), 'trace0', { width: 48 })).toEqual([
    'POST /scans                                      scan-api             5.0 ms',
    '│ INFO scan accepted parcel_id=P-0',
    '└─ send scans                                    scan-api             5.0 ms',
    '   └─ process scans                              scan-transform       5.0 ms',
    '      └─ transform enrich scan                   scan-transform       5.0 ms',
    '         ├─ GET                                  scan-transform       5.0 ms',
    '         │  └─ GET /depots/:code                 depot-directory      5.0 ms',
    '         └─ send scans.enriched                  scan-transform       5.0 ms',
    '            └─ process scans.enriched            parcel-store         5.0 ms',
    '               ├─ listener parcel-attention      parcel-notify        5.0 ms',
    '               │  ├─ action customer-hook        parcel-notify        5.0 ms',
    '               │  │  └─ POST                     parcel-notify        5.0 ms',
    '               │  │     └─ POST                  customer-hook        5.0 ms',
    '               │  │          INFO hook received parcel_id=P-0',
    '               │  └─ action depot-mail           parcel-notify        5.0 ms',
    '               └┄ poll scans.enriched            parcel-store         5.0 ms linked, 2 records',
    '                  └─ insert parcels              parcel-store         5.0 ms',
    '                     │ INFO parcels stored parcels=2',
    '                     └─ pg.query:INSERT          parcel-store         5.0 ms',
  ])
})

test('an error stands on its line, and a span whose parent is missing is a root that says so', () => {
  const at = { traceId: 't', service: 's' }
  const spans = [
    span({ ...at, spanId: '1', name: 'a', status: 2, statusMessage: 'no' }),
    span({ ...at, spanId: '2', name: 'b', parentSpanId: 'gone' }),
  ]
  expect(drawTree(indexOf({ spans, logs: [] }), 't', { width: 4 })).toEqual([
    'a    s                    5.0 ms error: no',
    'b    s                    5.0 ms its parent did not arrive',
  ])
})

test('ids and other fields that the tree says itself are not repeated in log lines', () => {
  const root = span({ traceId: 't', service: 's', spanId: '1', name: 'a' })
  const line = log('s', root, 'hello', { trace_id: 't', operation_id: 'x', told: ['a', 'b'] })
  expect(drawTree(indexOf({ spans: [root], logs: [line] }), 't')[1]).toBe('  INFO hello told=["a","b"]')
})

test('spans that are each other’s parents do not make it loop', () => {
  const at = { traceId: 't', service: 's', name: 'a' }
  const ring = [
    span({ ...at, spanId: '1', parentSpanId: '2' }),
    span({ ...at, spanId: '2', parentSpanId: '1', links: [{ traceId: 'u', spanId: '9', attributes: {} }] }),
  ]
  const other = span({ ...at, traceId: 'u', spanId: '9' })
  expect(drawTree(indexOf({ spans: ring, logs: [] }), 't')).toEqual([])
  expect(drawTree(indexOf({ spans: [...ring, other], logs: [] }), 'u')).toHaveLength(1)
})

test('where a record stopped, and where it is now', () => {
  const { spans } = tell('dead')
  const letter = { topic: TOPICS.deadLetter, partition: 2, offset: '7', parcelId: 'P-0', reason: '' }
  expect(stoppedAt(spans, letter)).toBe(
    'stopped: scan-transform, transform enrich scan: error: no such depot; it is in scans.dead-letter partition 2 offset 7',
  )
  expect(stoppedAt(spans, undefined)).toMatch(/; it is in no dead-letter topic$/)
  expect(stoppedAt(tell('stored').spans, undefined)).toBeUndefined()
})

test('a record that failed elsewhere stopped in the innermost span that failed', () => {
  const at = { traceId: 't', service: 's', status: 2 } as const
  const spans = [
    span({ ...at, spanId: '1', name: 'outer' }),
    span({ ...at, spanId: '2', parentSpanId: '1', name: 'inner' }),
  ]
  expect(stoppedAt(spans, undefined)).toBe('stopped: s, inner: error; it is in no dead-letter topic')
})

test('a batch, counted in the traces of its records', () => {
  const story = tell('stored', 'notified', 'dead', 'stored')
  expect(summarize(indexOf(story), story.posted, TOPICS)).toEqual([
    '4 records posted, in 4 traces: 3 stored, 1 dead letters, 1 notified',
    'scan-transform took them in 0 batches:  records',
    'parcel-store took them in 1 batch: 3 records',
    'one bulk insert each, with links to 3 records',
  ])
})
