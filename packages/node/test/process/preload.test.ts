import { startViewer, type SpanRow, type Viewer } from '@waybill/viewer'
import { startKafka } from '../../../../demo/src/infra/kafka.ts'
import { PRELOAD, run, to } from '../support/run.ts'

let viewer: Viewer
let kafka: Awaited<ReturnType<typeof startKafka>>

beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
  kafka = await startKafka()
}, 60_000)
afterAll(async () => {
  await kafka?.stop()
  await viewer?.close()
})

// POST                               undici, CLIENT
// └─ POST /orders/:id                http, SERVER        log: order accepted
//    └─ send orders                  kafkajs, PRODUCER
//       └─ process orders            kafkajs, CONSUMER   log: order received
const EXPECTED = [
  'POST (3) at the top',
  'POST /orders/:id (2) below POST',
  'process TOPIC (5) below send TOPIC',
  'send TOPIC (4) below POST /orders/:id',
]

function drawn(spans: readonly SpanRow[], topic: string): string[] {
  const name = (id: string | undefined): string | undefined => spans.find((span) => span.spanId === id)?.name
  return spans
    .map(
      ({ name: own, kind, parentSpanId }) =>
        `${own} (${kind}) ${parentSpanId ? `below ${name(parentSpanId)}` : 'at the top'}`,
    )
    .map((line) => line.replaceAll(topic, 'TOPIC'))
    .toSorted()
}

describe.each([
  ['shop.cjs', '--require'],
  ['shop.mjs', '--require'],
  ['shop.cjs', '--import'],
  ['shop.mjs', '--import'],
])('%s under %s', (fixture, flag) => {
  test('the same trace, and ids in the lines', async () => {
    const topic = `orders-${fixture.slice(-3)}${flag}`
    const service = `${fixture} ${flag}`
    const { code, stdout, stderr } = await run(fixture, {
      flags: [PRELOAD[0], flag, PRELOAD[2]],
      env: {
        ...to(viewer),
        KAFKA_BROKERS: kafka.brokers.join(','),
        TOPIC: topic,
        OTEL_SERVICE_NAME: service,
        OTEL_LOGS_EXPORTER: 'otlp',
      },
    }).ended
    expect({
      code,
      stderr: stderr.replaceAll(
        /\(node:\d+\) TimeoutNegativeWarning[^\n]*\n[^\n]*\n(?:[^\n]*trace-warnings[^\n]*\n)?/g,
        '',
      ),
    }).toEqual({ code: 0, stderr: '' })

    const accepted = await viewer.waitFor(() => viewer.spans({ service, name: 'POST /orders/:id' })[0], {
      what: 'the server span',
    })
    const { spans, logs } = await viewer.waitFor(
      () => {
        const found = viewer.trace(accepted.traceId)
        return found.spans.length >= 4 && found.logs.length >= 2 && found
      },
      { what: '4 spans and 2 log records' },
    )
    expect(drawn(spans, topic)).toEqual(EXPECTED)
    expect(new Set(spans.map((span) => span.attributes['operation_id'])).size).toBe(1)

    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const byMessage = Object.fromEntries(lines.map((line) => [line['msg'], line]))
    const span = (name: string): SpanRow | undefined => spans.find((one) => one.name === name)
    const operation_id = spans[0]?.attributes['operation_id']
    expect(byMessage['listening']).not.toHaveProperty('trace_id')
    expect(byMessage['order accepted']).toMatchObject({
      trace_id: accepted.traceId,
      span_id: accepted.spanId,
      trace_flags: expect.stringMatching(/^0[13]$/),
      operation_id,
      service,
    })
    expect(byMessage['order received']).toMatchObject({
      trace_id: accepted.traceId,
      span_id: span(`process ${topic}`)?.spanId,
      operation_id,
      order: 'o-1',
    })
    expect(logs.map(({ body, spanId }) => [body, spanId])).toEqual([
      ['order accepted', accepted.spanId],
      ['order received', span(`process ${topic}`)?.spanId],
    ])
  }, 60_000)
})
