// Sampling, redaction, ids and headers in a real process, under the preload from source.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startViewer, type SpanRow, type Viewer } from '@waybill/viewer'
import { run, to } from '../support/run.ts'

interface Request {
  readonly path: string
  readonly headers?: Record<string, string | string[]>
}
interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

const TRACE = '0af7651916cd43dd8448eb211c80319c'

let viewer: Viewer
beforeAll(async () => void (viewer = await startViewer({ grpcPort: 0, httpPort: false })))
afterAll(() => viewer?.close())

let runs = 0
/** Runs the fixture to its end; by then everything has arrived. */
async function outcome(
  requests: readonly Request[],
  env: Record<string, string> = {},
): Promise<{ answers: Answer[]; spans: SpanRow[]; service: string }> {
  const service = `entry ${++runs}`
  const { ended } = run('entry.mjs', {
    env: { ...to(viewer), OTEL_SERVICE_NAME: service, OTEL_METRICS_EXPORTER: 'none', ...env },
    args: [JSON.stringify(requests)],
  })
  const { code, stdout, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return { answers: JSON.parse(stdout) as Answer[], spans: viewer.spans({ service }), service }
}

const pathOf = ({ attributes }: SpanRow): string =>
  new URL((attributes['url.full'] ?? attributes['url.path']) as string, 'http://x').pathname
const SERVER = 2

describe('keep errors and slow ones', () => {
  // client /fail ·· server /fail 500 ── client /callee ·· server /callee
  test('at a ratio of 0, what ends in error or is slow arrives with its children, marked', async () => {
    const { spans } = await outcome([{ path: '/ok' }, { path: '/fail' }, { path: '/slow' }], {
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
      WAYBILL_SAMPLING_KEEP_ERRORS: 'true',
      WAYBILL_SAMPLING_KEEP_SLOW: '250',
    })
    const servers = spans.filter(({ kind }) => kind === SERVER)
    expect(servers.map((span) => [pathOf(span), span.attributes['waybill.kept']])).toEqual(
      expect.arrayContaining([
        ['/fail', 'error'],
        ['/slow', 'slow'],
      ]),
    )
    expect(spans.map(pathOf)).not.toContain('/ok')
    for (const root of servers.filter((span) => pathOf(span) !== '/callee')) {
      const below = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId)
      expect(below.map((span) => [pathOf(span), span.attributes['waybill.kept']])).toEqual([
        ['/callee', root.attributes['waybill.kept']],
      ])
      expect(root.traceState).toContain('ot=th:0')
    }
  }, 30_000)

  test('without it, nothing arrives', async () => {
    const { spans } = await outcome([{ path: '/fail' }], {
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    })
    expect(spans).toEqual([])
  }, 30_000)
})

describe('redaction', () => {
  const requests: Request[] = [{ path: '/log?token=abc&page=2' }]

  test('on by default: spans and log records', async () => {
    const { spans, service } = await outcome(requests, { OTEL_LOGS_EXPORTER: 'otlp' })
    const queries = spans
      .map(({ attributes }) => attributes['url.query'])
      .filter((query) => query !== undefined)
    expect(queries).toEqual(['token=REDACTED&page=2'])
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('abc')
    const [log] = viewer.logs({ service })
    expect([log!.body, log!.attributes['cookie']]).toEqual([
      'got https://REDACTED:REDACTED@a.b/?token=REDACTED',
      'REDACTED',
    ])
  }, 30_000)

  test('and off where that is asked for', async () => {
    const { service } = await outcome(requests, { OTEL_LOGS_EXPORTER: 'otlp', WAYBILL_REDACTION: 'false' })
    expect(viewer.logs({ service })[0]!.body).toContain('hunter2')
  }, 30_000)
})

describe('HTTP entry', () => {
  test('X-Trace-Id begins the trace, and comes back with the other ids', async () => {
    const { answers, spans } = await outcome(
      [
        {
          path: '/ok',
          headers: { 'x-trace-id': '0AF76519-16cd-43dd-8448-eb211c80319c', 'x-correlation-id': 'order-17' },
        },
      ],
      // The fixture is its own client: its requests bring a trace along, unless they are not traced.
      { OTEL_NODE_DISABLED_INSTRUMENTATIONS: '', OTEL_PROPAGATORS: 'none' },
    )
    const root = spans.find((span) => span.kind === SERVER && pathOf(span) === '/ok')!
    expect(root.traceId).toBe(TRACE)
    expect(
      spans.filter(({ parentSpanId }) => parentSpanId === root.spanId).map((span) => span.traceId),
    ).toEqual([TRACE])
    expect(answers[0]!.headers).toMatchObject({
      'x-trace-id': TRACE,
      'x-correlation-id': 'order-17',
      traceresponse: expect.stringMatching(`^00-${TRACE}-${root.spanId}-0[13]$`) as string,
      'server-timing': expect.stringContaining(`traceparent;desc="00-${TRACE}-${root.spanId}`) as string,
    })
  }, 30_000)

  test('ill-formed ids are replaced, never sent back', async () => {
    const bad = ['x'.repeat(7000), 'a b', '\u00fcn\u00ef', '', '<b>']
    const { answers } = await outcome(
      bad.map((value) => ({ path: '/ok', headers: { 'x-trace-id': value, 'x-correlation-id': value } })),
      { OTEL_PROPAGATORS: 'none' },
    )
    for (const { status, headers } of answers) {
      expect(status).toBe(200)
      expect(headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/)
      expect(headers['x-correlation-id']).toBe(headers['x-trace-id'])
    }
  }, 30_000)

  test('none, where that is asked for', async () => {
    const { answers } = await outcome([{ path: '/ok' }], { WAYBILL_HTTP_RESPONSE_HEADERS: 'none' })
    for (const name of ['x-trace-id', 'traceresponse', 'server-timing', 'x-correlation-id']) {
      expect(answers[0]!.headers).not.toHaveProperty(name)
    }
  }, 30_000)
})

test('uuidv7 trace ids', async () => {
  const { spans } = await outcome([{ path: '/ok' }], { WAYBILL_TRACE_ID: 'uuidv7' })
  expect(spans.length).toBeGreaterThan(0)
  for (const { traceId } of spans) {
    expect(traceId).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab]/)
    expect(Math.abs(Number.parseInt(traceId.slice(0, 12), 16) - Date.now())).toBeLessThan(60_000)
  }
}, 30_000)

test.each(['b3', 'b3multi', 'jaeger', 'xray'])(
  'a trace crosses by %s alone',
  async (name) => {
    const { spans } = await outcome([{ path: '/ok' }], { OTEL_PROPAGATORS: name })
    // client /ok ── server /ok ── client /callee ── server /callee
    expect(spans).toHaveLength(4)
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  },
  30_000,
)

describe('jaeger_remote', () => {
  let server: Server
  let asked: string[]
  beforeAll(async () => {
    asked = []
    server = createServer((incoming, response) => {
      asked.push('traceparent' in incoming.headers ? 'traced' : incoming.url!)
      response.end('{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0}}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  // client /slow ── server /slow …      at the initial rate of 1; nothing of /ok, and nothing of the polls
  test('the answer is used; polling is not traced, and keeps no process alive', async () => {
    const { port } = server.address() as AddressInfo
    const { spans, service } = await outcome([{ path: '/slow' }, { path: '/slow' }, { path: '/ok' }], {
      OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: `endpoint=http://127.0.0.1:${port}/sampling,pollingIntervalMs=60000,initialSamplingRate=1`,
    })
    expect(asked).toEqual([`/sampling?service=${service.replace(' ', '+')}`])
    expect(spans.map(pathOf)).toContain('/slow')
    expect(spans.map(pathOf)).not.toContain('/ok')
    expect(spans.map(pathOf)).not.toContain('/sampling')
  }, 30_000)
})
