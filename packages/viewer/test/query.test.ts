import { startViewer, type Signal, type Viewer } from '../src/index.ts'
import { attributes, gauge, logs, metrics, post, span, spanId, traceId, traces } from './support/requests.ts'

let viewer: Viewer
beforeEach(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterEach(() => viewer.close())

async function send(signal: Signal, request: object): Promise<void> {
  expect(await post(`${viewer.httpUrl}/v1/${signal}`, request)).toMatchObject({ status: 200 })
}

const names = (rows: { name: string }[]): string[] => rows.map(({ name }) => name)

/*
 * trace 1   api: POST /scans (10–20 ms)                 operation one
 *             └─ worker: process (15–40 ms, error)
 * trace 2   api: GET /scans (30–31 ms)                  operation two
 * trace 3   worker: insert (50–60 ms)                   links to traces 1 and 2, and to itself
 */
async function sendStory(): Promise<void> {
  await send(
    'traces',
    traces(
      'worker',
      span({ trace: 1, span: 2, parent: 1, name: 'process', start: 15, end: 40, error: true }),
      span({ trace: 3, span: 4, name: 'insert', start: 50, end: 60, links: [1, 2, 3] }),
    ),
  )
  await send(
    'traces',
    traces(
      'api',
      span({ trace: 2, span: 3, name: 'GET /scans', start: 30, attributes: { operation_id: 'two' } }),
      span({
        trace: 1,
        span: 1,
        name: 'POST /scans',
        start: 10,
        end: 20,
        attributes: { operation_id: 'one' },
      }),
    ),
  )
}

test('spans by each filter, oldest first', async () => {
  await sendStory()
  expect(names(viewer.spans())).toEqual(['POST /scans', 'process', 'GET /scans', 'insert'])
  expect(names(viewer.spans({ traceId: traceId(1) }))).toEqual(['POST /scans', 'process'])
  expect(names(viewer.spans({ operationId: 'two' }))).toEqual(['GET /scans'])
  expect(names(viewer.spans({ service: 'worker' }))).toEqual(['process', 'insert'])
  expect(names(viewer.spans({ error: true }))).toEqual(['process'])
  expect(names(viewer.spans({ error: false }))).toEqual(['POST /scans', 'GET /scans', 'insert'])
  expect(names(viewer.spans({ name: 'insert' }))).toEqual(['insert'])
  expect(names(viewer.spans({ since: 30_000_000n }))).toEqual(['GET /scans', 'insert'])
  expect(names(viewer.spans({ limit: 2 }))).toEqual(['GET /scans', 'insert'])
  expect(names(viewer.spans({ service: 'worker', error: false, limit: 1 }))).toEqual(['insert'])
  expect(viewer.spans({ service: 'nobody' })).toEqual([])
})

test('traces as summaries', async () => {
  await sendStory()
  expect(viewer.traces()).toEqual([
    {
      traceId: traceId(1),
      name: 'POST /scans',
      services: ['api', 'worker'],
      spanCount: 2,
      errorCount: 1,
      start: 10_000_000n,
      durationMs: 30,
    },
    expect.objectContaining({ name: 'GET /scans', services: ['api'], errorCount: 0, durationMs: 1 }),
    expect.objectContaining({ name: 'insert', services: ['worker'], spanCount: 1 }),
  ])
  expect(names(viewer.traces({ operationId: 'one' }))).toEqual(['POST /scans'])
  // The summary is of the whole trace, whichever of its spans matched.
  expect(viewer.traces({ service: 'worker' })).toMatchObject([{ spanCount: 2 }, { name: 'insert' }])
  expect(names(viewer.traces({ error: true }))).toEqual(['POST /scans'])
  expect(names(viewer.traces({ error: false }))).toEqual(['GET /scans', 'insert'])
  expect(names(viewer.traces({ error: false, service: 'worker' }))).toEqual(['insert'])
  expect(names(viewer.traces({ since: 20_000_000n }))).toEqual(['GET /scans', 'insert'])
  expect(names(viewer.traces({ limit: 1 }))).toEqual(['insert'])
})

test('links are found from the trace they point to', async () => {
  await sendStory()
  expect(names(viewer.linksTo(traceId(1)))).toEqual(['insert'])
  expect(names(viewer.linksTo(traceId(2).toUpperCase()))).toEqual(['insert'])
  expect(viewer.linksTo(traceId(3))).toEqual([])
})

test('logs by each filter, and inside their trace', async () => {
  const log = (time: number, text: string, fields: object = {}): object => ({
    timeUnixNano: String(time),
    body: { stringValue: text },
    ...fields,
  })
  await send(
    'logs',
    logs('api', log(5, 'second', { traceId: traceId(1) }), log(3, 'first', { traceId: traceId(1) })),
  )
  await send('logs', logs('worker', log(9, 'third', { attributes: attributes({ operation_id: 'one' }) })))
  const bodies = (rows: { body: unknown }[]): unknown[] => rows.map(({ body }) => body)
  expect(bodies(viewer.logs())).toEqual(['first', 'second', 'third'])
  expect(bodies(viewer.logs({ traceId: traceId(1) }))).toEqual(['first', 'second'])
  expect(bodies(viewer.logs({ operationId: 'one' }))).toEqual(['third'])
  expect(bodies(viewer.logs({ service: 'worker' }))).toEqual(['third'])
  expect(bodies(viewer.logs({ limit: 1 }))).toEqual(['third'])
  expect(viewer.trace(traceId(1))).toMatchObject({ spans: [], logs: [{ body: 'first' }, { body: 'second' }] })
})

test('a log record without a time has that of its observation', async () => {
  await send('logs', logs('api', { observedTimeUnixNano: '7' }))
  expect(viewer.logs()).toMatchObject([{ time: 7n, body: null, severity: 0 }])
})

test('metrics by name and service', async () => {
  await send('metrics', metrics('api', gauge('level', 2, 2), gauge('other', 0), gauge('level', 1, 1)))
  await send('metrics', metrics('worker', gauge('level', Number.MAX_VALUE, 3)))
  expect(viewer.metrics({ name: 'level' }).map(({ value }) => value)).toEqual([1, 2, Number.MAX_VALUE])
  expect(viewer.metrics({ service: 'worker' })).toMatchObject([
    { name: 'level', type: 'gauge', time: 3_000_000n },
  ])
  const summary = {
    dataPoints: [{ count: '2', sum: 'NaN', quantileValues: [{ quantile: 0.5, value: 'Infinity' }] }],
  }
  await send('metrics', metrics('api', { name: 'sizes', summary }))
  expect(viewer.metrics({ name: 'sizes' })).toMatchObject([
    { count: 2, sum: Number.NaN, quantiles: [{ quantile: 0.5, value: Infinity }] },
  ])
})

test('a span that arrives again takes the place of the first', async () => {
  await send('traces', traces('api', span({ name: 'running', end: 0, links: [7] })))
  await send('traces', traces('api', span({ name: 'done' })))
  expect(names(viewer.spans())).toEqual(['done'])
  expect(viewer.linksTo(traceId(7))).toEqual([])
  expect(viewer.counts()).toMatchObject({ spans: 1, replaced: 1, evicted: 0 })
})

test('text with NUL and odd characters comes back whole', async () => {
  const odd = 'a\0b\u{1f600}"\n'
  await send('traces', traces(odd, span({ name: odd, attributes: { [odd]: odd, operation_id: odd } })))
  const [row] = viewer.spans({ name: odd, service: odd, operationId: odd })
  expect(row).toMatchObject({ name: odd, service: odd, attributes: { [odd]: odd } })
  expect(viewer.traces()).toMatchObject([{ name: odd, services: [odd] }])
})

describe('waitFor', () => {
  test('answers at once with what is there, and later with what arrives', async () => {
    expect(await viewer.waitFor((v) => v.counts())).toMatchObject({ spans: 0 })
    const waiting = viewer.waitFor((v) => v.spans({ name: 'late' })[0])
    await send('traces', traces('api', span({ name: 'early' })))
    await send('traces', traces('api', span({ name: 'late', span: 2 })))
    expect(await waiting).toMatchObject({ spanId: spanId(2) })
  })

  test('says what did arrive', async () => {
    await send('traces', traces('api', span({ name: 'early' }), span({ span: 2, name: 'early' })))
    await send('traces', traces('api', { ...(span() as object), traceId: 'short' }))
    await expect(viewer.waitFor(() => false, { timeoutMs: 10, what: 'the late span' })).rejects.toThrow(
      /^waited 10 ms for the late span; arrived: 2 spans \(api: early ×2\), 0 log records.* traceId must be/,
    )
  })

  test('takes a throw for "not yet", and says so in the end', async () => {
    const check = (v: Viewer): string => v.spans()[0]!.name
    await expect(viewer.waitFor(check, { timeoutMs: 10 })).rejects.toThrow(/the check threw: .*name/)
    const waiting = viewer.waitFor(check)
    await send('traces', traces('api', span({ name: 'there' })))
    expect(await waiting).toBe('there')
  })

  test('ends when the viewer is closed', async () => {
    const waiting = viewer.waitFor(() => undefined, { what: 'rain' }).catch(String)
    await viewer.close()
    expect(await waiting).toMatch(/closed.*rain/)
  })
})

test('subscribers and onRequest hear of each accepted request; what they throw hurts nobody', async () => {
  const heard: unknown[] = []
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const own = await startViewer({
    grpcPort: false,
    httpPort: 0,
    onRequest: (signal, request) => {
      heard.push([signal, request])
      throw new Error('listener broke')
    },
  })
  try {
    const signals: Signal[] = []
    const stop = own.subscribe((signal) => signals.push(signal))
    const request = traces('api', span())
    expect(await post(`${own.httpUrl}/v1/traces`, request)).toMatchObject({ status: 200 })
    expect(await post(`${own.httpUrl}/v1/traces`, Buffer.from('garbage'))).toMatchObject({ status: 400 })
    stop()
    expect(await post(`${own.httpUrl}/v1/logs`, logs('api'))).toMatchObject({ status: 200 })
    expect(heard).toEqual([
      ['traces', request],
      ['logs', logs('api')],
    ])
    expect(signals).toEqual(['traces'])
    expect(own.counts()).toMatchObject({ spans: 1, requests: 2, refused: 1 })
    expect(own.grpcUrl).toBe('')
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('listener broke'), 'WaybillViewerWarning')
  } finally {
    warn.mockRestore()
    await own.close()
  }
})
