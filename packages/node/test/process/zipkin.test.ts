import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { httpCollector, until, type Collector } from '../support/collector.ts'
import { useStarts } from '../support/exporters.ts'

jest.setTimeout(40_000)

const { closing, start, viewer } = useStarts()

async function zipkin(...args: Parameters<typeof httpCollector>): Promise<Collector> {
  const collector = await httpCollector(...args)
  closing.push(() => collector.close())
  return collector
}

const toZipkin = ({ url }: Collector): Record<string, string> => ({
  OTEL_TRACES_EXPORTER: 'zipkin',
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${url}/api/v2/spans`,
})

interface ZipkinSpan {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly kind?: string
  readonly timestamp: number
  readonly duration: number
  readonly localEndpoint: object
  readonly remoteEndpoint?: object
  readonly tags: Record<string, string>
  readonly annotations?: { timestamp: number; value: string }[]
}

function spansOf({ received }: Collector): ZipkinSpan[] {
  return received.flatMap(({ body }) => JSON.parse(body.toString()) as ZipkinSpan[])
}

//  order (server)
//    ├─ charge (client, error) ─► payments
//    └─ inner
test('spans in its JSON, delivered by a process that exits', async () => {
  const collector = await zipkin((_request, response) => void response.writeHead(202).end())
  const { code, stderr } = await start('exit', toZipkin(collector)).ended
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
  const [request] = collector.received
  expect(request).toMatchObject({
    path: '/api/v2/spans',
    headers: { 'content-type': 'application/json' },
  })
  const spans = spansOf(collector)
  expect(spans.map(({ name }) => name).sort()).toEqual(['charge', 'inner', 'order'])
  const [charge, inner, order] = ['charge', 'inner', 'order'].map((name) =>
    spans.find((span) => span.name === name)!,
  ) as [ZipkinSpan, ZipkinSpan, ZipkinSpan]
  const local = { serviceName: 'fixture' }
  expect(order).toMatchObject({ kind: 'SERVER', localEndpoint: local, tags: { 'http.route': '/orders' } })
  expect(order.parentId).toBeUndefined()
  expect(order.tags['error']).toBeUndefined()
  expect(order.tags['service.name']).toBeUndefined()
  expect(order.remoteEndpoint).toBeUndefined()
  expect(inner).toMatchObject({ parentId: order.id, tags: { 'otel.status_code': 'OK' } })
  expect(inner.kind).toBeUndefined()
  expect(charge).toMatchObject({
    traceId: order.traceId,
    parentId: order.id,
    kind: 'CLIENT',
    remoteEndpoint: { serviceName: 'payments', ipv4: '10.0.0.7', port: 8443 },
    tags: {
      items: '["a","b"]',
      retried: 'true',
      'otel.status_code': 'ERROR',
      error: 'no money',
      'otel.scope.name': 'fixture',
      'otel.scope.version': '1.2.3',
      'telemetry.sdk.language': 'nodejs',
    },
  })
  expect(charge.annotations!.map(({ value }) => value)).toEqual(['sent', '"refused":{"code":402}'])
  for (const span of spans) {
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(span.id).toMatch(/^[0-9a-f]{16}$/)
    expect(Number.isInteger(span.timestamp) && Math.abs(span.timestamp / 1000 - Date.now()) < 60_000).toBe(
      true,
    )
    expect(Number.isInteger(span.duration) && span.duration >= 1).toBe(true)
    expect(Object.values(span.tags).every((value) => typeof value === 'string')).toBe(true)
  }
})

test('beside otlp: each gets all spans', async () => {
  const [collector, otlp] = await Promise.all([zipkin(), viewer()])
  const { stderr } = await start('naturally', {
    ...toZipkin(collector),
    OTEL_TRACES_EXPORTER: 'otlp,zipkin',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.grpcUrl,
  }).ended
  expect(stderr).toBe('')
  expect(spansOf(collector)).toHaveLength(3)
  expect(otlp.spans({ service: 'fixture' })).toHaveLength(3)
})

test('tries again where it is busy', async () => {
  let refusals = 0
  const collector = await zipkin((_request, response) =>
    response.writeHead(++refusals <= 2 ? 503 : 202).end(),
  )
  const app = start('stays', { ...toZipkin(collector), OTEL_BSP_SCHEDULE_DELAY: '10' })
  await until('the third attempt', () => collector.received.length >= 3, 20_000)
  const [first, , third] = collector.received
  expect(third!.body).toEqual(first!.body)
  app.child.kill('SIGTERM')
  expect((await app.ended).signal).toBe('SIGTERM')
  expect(collector.received).toHaveLength(3)
})

test('away: kept on disk, and delivered by the next process, to Zipkin alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-zipkin-'))
  closing.push(() => rmSync(folder, { recursive: true, force: true }))
  const gone = await httpCollector()
  await gone.close()
  const env = { WAYBILL_SPOOL: 'true', WAYBILL_SPOOL_DIR: folder }
  const first = await start('exit', { ...env, ...toZipkin(gone) }).ended
  expect(first.stderr).toContain('(zipkin) waits on disk')

  // The same host, and spans too: an OTLP collector would understand nothing of it.
  const otlp = await viewer()
  const otlpEnv = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.httpUrl,
  }
  const collector = await zipkin(undefined, gone.port)
  const app = start('stays', {
    ...env,
    ...otlpEnv,
    ...toZipkin(collector),
    OTEL_TRACES_EXPORTER: 'otlp,zipkin',
  })
  await until('all spans', () => spansOf(collector).length === 6, 20_000)
  app.child.kill('SIGTERM')
  await app.ended
  expect(otlp.spans({ service: 'fixture' })).toHaveLength(3)
  expect(otlp.counts().refused).toBe(0)
})
