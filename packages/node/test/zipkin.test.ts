import { SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { toZipkin } from '../src/exporters/zipkin.ts'
import { TracerProvider } from '../src/tracing/tracer-provider.ts'
import { childOf, TRACE_ID } from './support/sampling.ts'

/** A span as an exporter gets it. */
function ended(kind: SpanKind, attributes: Attributes = {}, resource: Attributes = {}): ReadableSpan {
  let span: ReadableSpan | undefined
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resource),
    sampler: { shouldSample: () => ({ decision: 2 }) },
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (given) => (span = given),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  })
  const parent = childOf({ traceId: TRACE_ID, sampled: true })
  const open = provider.getTracer('t').startSpan('s', { kind, attributes }, parent)
  open.setStatus({ code: SpanStatusCode.ERROR })
  open.end((open as unknown as ReadableSpan).startTime)
  return span!
}

test.each([
  [{ 'peer.service': 'a', 'server.address': 'b' }, { serviceName: 'a' }],
  [{ 'server.address': 'b', 'network.peer.port': 5432 }, { serviceName: 'b' }],
  [{ 'db.system.name': 'postgresql' }, { serviceName: 'postgresql' }],
  [
    { 'network.peer.address': '::1', 'network.peer.port': 1 },
    { ipv6: '::1', port: 1 },
  ],
  [{ 'network.peer.address': '10.0.0.1' }, { ipv4: '10.0.0.1' }],
  [{ 'network.peer.address': '/socket', 'network.peer.port': 1 }, undefined],
  [{ 'peer.service': 7 }, undefined],
  [{}, undefined],
])('the other side of a client: %j → %j', (attributes, remote) => {
  const { remoteEndpoint } = toZipkin(ended(SpanKind.CLIENT, attributes as Attributes))
  expect(remoteEndpoint && JSON.parse(JSON.stringify(remoteEndpoint))).toEqual(remote)
})

test.each([SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.INTERNAL])('kind %s has no other side', (kind) => {
  expect(toZipkin(ended(kind, { 'server.address': 'own' })).remoteEndpoint).toBeUndefined()
})

test('a span without duration, service and message of its error', () => {
  expect(toZipkin(ended(SpanKind.INTERNAL))).toMatchObject({
    traceId: TRACE_ID,
    parentId: '00f067aa0ba902b7',
    duration: 1,
    localEndpoint: { serviceName: 'unknown_service' },
    tags: { 'otel.status_code': 'ERROR', error: '' },
  })
})

test('tags are text, those of the span before those of the resource', () => {
  const attributes = { a: 'span', list: [1, 2], truth: false, missing: undefined }
  const { tags } = toZipkin(
    ended(SpanKind.INTERNAL, attributes as unknown as Attributes, { a: 'resource', b: 'x' }),
  )
  expect(tags).toMatchObject({ a: 'span', b: 'x', list: '[1,2]', truth: 'false' })
  expect('missing' in tags).toBe(false)
})
