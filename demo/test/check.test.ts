import { checkBatch, checkRecord } from '../src/check.ts'
import { indexOf } from '../src/telemetry.ts'
import { expected, log, span, tell, type Story } from './telling.ts'

test('a good record passes', () => {
  expect(problems(tell('notified'))).toEqual([])
})

test('a dead letter passes', () => {
  expect(problems(tell('dead'))).toEqual([])
})

test('a batch passes', () => {
  const story = tell('stored', 'notified', 'dead', 'stored')
  expect(batchProblems(story)).toEqual([])
})

describe('of one record, it says', () => {
  test('which service is silent', () => {
    const story = tell('notified')
    const all = expected(story)
    const silent = without(story, ({ service }) => service === 'parcel-store')
    expect(checkRecord(indexOf(silent), silent.posted[0]!, all)[0]).toBe(
      'parcel-store sent no spans: is it started with --require @waybill/node/register?',
    )
  })

  test('that its log line has no trace id', () => {
    const story = tell('notified')
    story.posted[0]!.traceId = undefined
    expect(problems(story)).toContain(
      'P-0: the log line of scan-api has no trace_id: is it started with --require @waybill/node/register?',
    )
  })

  test('that nothing of its trace arrived', () => {
    const story = tell('notified')
    story.posted[0]!.traceId = 'another'
    expect(problems(story)).toContain('P-0: no span of its trace arrived')
  })

  test.each([
    ['scan-api', 'POST /scans', 'HTTP server span of scan-api'],
    ['scan-api', 'send scans', 'send span of scan-api for topic scans'],
    ['scan-transform', 'process scans', 'process span of scan-transform for topic scans'],
    ['depot-directory', 'GET /depots/:code', 'HTTP server span of depot-directory'],
    ['scan-transform', 'send scans.enriched', 'send span of scan-transform for topic scans.enriched'],
    ['parcel-store', 'process scans.enriched', 'process span of parcel-store for topic scans.enriched'],
    [
      'parcel-notify',
      'listener parcel-attention',
      'pipeline span of parcel-notify with condition_matched=true',
    ],
    ['customer-hook', 'POST', 'HTTP server span of customer-hook'],
    ['parcel-notify', 'action depot-mail', 'e-mail span of parcel-notify that says it was sent'],
  ])('that the span of %s "%s" is missing', (service, name, what) => {
    const story = without(tell('notified'), (one) => one.service === service && one.name === name)
    expect(problems(story)).toContain(`P-0: its trace has no ${what}`)
  })

  test('that the transform of a dead letter has no error status', () => {
    const story = change(tell('dead'), 'transform enrich scan', { status: 0 })
    expect(problems(story)).toEqual([
      'P-0: its trace has no transform span of scan-transform with error status',
    ])
  })

  test('that a dead letter was stored all the same', () => {
    const story = tell('dead')
    story.spans.push(
      span({ traceId: 'trace0', spanId: 'x', parentSpanId: '0.0', name: 'insert', service: 'parcel-store' }),
    )
    expect(problems(story)).toEqual(['P-0: it is a dead letter, and parcel-store has a span in its trace'])
  })

  test('which span has lost its parent', () => {
    const story = without(tell('notified'), ({ name }) => name === 'GET')
    expect(problems(story)).toEqual([
      'P-0: the parent of "GET /depots/:code" of depot-directory did not arrive',
    ])
  })

  test('that its trace has two roots', () => {
    const story = tell('notified')
    delete story.spans.find(({ name }) => name === 'listener parcel-attention')!.parentSpanId
    expect(problems(story)).toEqual(['P-0: its trace has 2 roots'])
  })

  test('that a process span does not continue its record', () => {
    const story = change(tell('notified'), 'process scans.enriched', { parentSpanId: '0.1' })
    expect(problems(story)).toEqual([
      'P-0: "process scans.enriched" of parcel-store does not continue the span that sent its record',
    ])
  })

  test('that a line about another parcel is in its trace', () => {
    const story = tell('notified')
    story.logs.push(log('parcel-store', story.spans[0]!, 'parcel read', { parcel_id: 'P-9' }))
    expect(problems(story)).toEqual(['P-0: a line of parcel-store about another parcel is in its trace'])
  })
})

describe('of log lines, it says', () => {
  test('that one has no trace id', () => {
    const story = tell('notified')
    delete story.lines[0]!.fields['trace_id']
    expect(problems(story)).toEqual(['line "scan accepted" of scan-api has no trace_id'])
  })

  test('that one names a span that is not there', () => {
    const story = tell('notified')
    story.lines[0]!.fields['span_id'] = 'gone'
    expect(problems(story)).toEqual(['line "scan accepted" of scan-api names a span that did not arrive'])
  })

  test('that one did not arrive, and how many', () => {
    const story = tell('notified', 'notified')
    story.logs = story.logs.filter(({ body }) => body !== 'hook received')
    expect(batchProblems(story)).toEqual([
      'line "hook received" of customer-hook did not arrive as a log record (2 such lines)',
    ])
  })
})

describe('of a batch, it says', () => {
  test('that records share a trace', () => {
    const story = tell('stored', 'stored')
    story.posted[1]!.traceId = 'trace0'
    expect(batchProblems(story)).toContain('2 records are in 1 traces')
  })

  test('which records have a problem, a problem once', () => {
    const story = without(
      tell('stored', 'stored', 'stored', 'stored', 'stored'),
      ({ name }) => name === 'send scans.enriched',
    )
    expect(batchProblems(story)).toContain(
      'P-0, P-1, P-2 and 2 more: its trace has no send span of scan-transform for topic scans.enriched',
    )
  })

  test('that a record was told about that should not be', () => {
    const story = change(tell('stored', 'stored'), 'listener parcel-attention', {
      attributes: { condition_matched: true },
    })
    expect(batchProblems(story)).toEqual([
      'P-0, P-1: its trace has no pipeline span of parcel-notify with condition_matched=false',
    ])
  })

  test('that no bulk insert links to a record', () => {
    const story = tell('stored', 'stored')
    const insert = story.spans.find(({ name }) => name === 'insert parcels')!
    insert.links = insert.links.slice(1)
    expect(batchProblems(story)).toEqual([
      'no bulk insert has more than one record: they did not come in batches',
      'bulk insert insert of 2 records has 1 links',
      'no bulk insert links to P-0',
    ])
  })

  test('that a bulk insert links to nothing that is there', () => {
    const story = tell('stored')
    story.spans.find(({ name }) => name === 'insert parcels')!.links[0]!.spanId = 'gone'
    expect(batchProblems(story)).toContain('bulk insert insert links to 1 spans that did not arrive')
  })

  test('that a bulk insert has no query within', () => {
    const story = without(tell('stored', 'stored'), ({ name }) => name === 'pg.query:INSERT')
    expect(batchProblems(story)).toEqual(['bulk insert insert has no PostgreSQL span within'])
  })

  test('that the records did not come in batches', () => {
    const story = tell('stored', 'dead')
    expect(batchProblems(story)).toEqual([
      'no bulk insert has more than one record: they did not come in batches',
    ])
  })

  test('that the line of a bulk insert is missing', () => {
    const story = tell('stored')
    story.logs = story.logs.filter(({ body }) => body !== 'parcels stored')
    expect(batchProblems(story)).toContain('bulk insert insert: its line "parcels stored" did not arrive')
  })
})

function problems(story: Story): string[] {
  return checkRecord(indexOf(story), story.posted[0]!, expected(story))
}

function batchProblems(story: Story): string[] {
  return checkBatch(indexOf(story), story.posted, expected(story))
}

function without(story: Story, which: (one: Story['spans'][number]) => boolean): Story {
  return { ...story, spans: story.spans.filter((one) => !which(one)) }
}

function change(story: Story, name: string, part: Partial<Story['spans'][number]>): Story {
  return { ...story, spans: story.spans.map((one) => (one.name === name ? { ...one, ...part } : one)) }
}
