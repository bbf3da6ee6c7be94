// Spans for Zipkin. Read where OTEL_TRACES_EXPORTER names it.
import { isIP } from 'node:net'
import { SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api'
import { hrTimeToMicroseconds } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { BatchProcessor } from '../export/batch-processor.ts'
import { JsonEncoder } from '../export/encode/json.ts'
import type { Sender } from '../export/sender.ts'
import type { Endpoint } from '../options/endpoint.ts'
import type { Options } from '../options/read.ts'

/** Encodes ended spans and hands them to the export worker, which posts them to Zipkin. */
export class ZipkinSpanProcessor extends BatchProcessor<ReadableSpan> implements SpanProcessor {
  constructor(sender: Sender, { zipkin, spans }: Options, resource: Resource) {
    super('zipkin', sender, zipkin, spans, new JsonEncoder(serialize), resource)
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.add(span)
  }
}

/** Where the export worker sends them. */
export function zipkinEndpoint({ zipkin: { url, timeout } }: Options): Endpoint {
  return { protocol: 'zipkin', url, headers: {}, gzip: false, timeout, tls: {} }
}

function serialize(spans: ReadableSpan[]): Uint8Array {
  return Buffer.from(JSON.stringify(spans.map(toZipkin)))
}

/** A span of Zipkin's API, https://zipkin.io/zipkin-api/. */
export interface ZipkinSpan {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string | undefined
  readonly name: string
  readonly kind?: string | undefined
  /** Microseconds since 1970. */
  readonly timestamp: number
  /** Microseconds. */
  readonly duration: number
  readonly localEndpoint: { readonly serviceName: string }
  readonly remoteEndpoint?: ZipkinEndpoint | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[] | undefined
}

export interface ZipkinEndpoint {
  readonly serviceName?: string | undefined
  readonly ipv4?: string | undefined
  readonly ipv6?: string | undefined
  readonly port?: number | undefined
}

/** https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/ */
export function toZipkin(span: ReadableSpan): ZipkinSpan {
  const { traceId, spanId } = span.spanContext()
  const { events, kind } = span
  return {
    traceId,
    id: spanId,
    parentId: span.parentSpanContext?.spanId || undefined,
    name: span.name,
    kind: kind === SpanKind.INTERNAL ? undefined : SpanKind[kind],
    timestamp: Math.round(hrTimeToMicroseconds(span.startTime)),
    // Zero means unknown there.
    duration: Math.max(1, Math.round(hrTimeToMicroseconds(span.duration))),
    localEndpoint: { serviceName: textOf(span.resource.attributes['service.name']) ?? 'unknown_service' },
    remoteEndpoint:
      kind === SpanKind.CLIENT || kind === SpanKind.PRODUCER ? remoteEndpoint(span.attributes) : undefined,
    tags: tagsOf(span),
    annotations:
      events.length === 0
        ? undefined
        : events.map(({ time, name, attributes }) => ({
            timestamp: Math.round(hrTimeToMicroseconds(time)),
            value: hasAny(attributes) ? `"${name}":${JSON.stringify(attributes)}` : name,
          })),
  }
}

/** Tags are text only, and Zipkin has no place for links, for what was dropped, nor for scope and resource. */
function tagsOf(span: ReadableSpan): Record<string, string> {
  const { status, instrumentationScope: scope, resource } = span
  const tags: Record<string, string> = {}
  for (const [key, value] of Object.entries(resource.attributes)) {
    if (key !== 'service.name') put(tags, key, value)
  }
  for (const [key, value] of Object.entries(span.attributes)) put(tags, key, value)
  put(tags, 'otel.scope.name', scope.name)
  if (scope.version) put(tags, 'otel.scope.version', scope.version)
  if (status.code !== SpanStatusCode.UNSET) tags['otel.status_code'] = SpanStatusCode[status.code]
  if (status.code === SpanStatusCode.ERROR) tags['error'] = status.message ?? ''
  putCount(tags, 'otel.dropped_attributes_count', span.droppedAttributesCount)
  putCount(tags, 'otel.dropped_events_count', span.droppedEventsCount)
  putCount(tags, 'otel.dropped_links_count', span.droppedLinksCount)
  return tags
}

function put(tags: Record<string, string>, key: string, value: unknown): void {
  if (value === undefined || value === null) return
  tags[key] = typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`
}

function putCount(tags: Record<string, string>, key: string, count: number): void {
  if (count > 0) tags[key] = String(count)
}

/** In this order: the first that is there names the service on the other side. */
const NAMES = [
  'peer.service',
  'server.address',
  'net.peer.name',
  'messaging.system',
  'db.system.name',
] as const

function remoteEndpoint(attributes: Attributes): ZipkinEndpoint | undefined {
  const name = NAMES.map((key) => textOf(attributes[key])).find((value) => value !== undefined)
  const address = textOf(attributes['network.peer.address']) ?? ''
  const version = isIP(address)
  if (name === undefined && version === 0) return undefined
  const port = Number(attributes['network.peer.port'])
  return {
    serviceName: name,
    ...(version === 4 && { ipv4: address }),
    ...(version === 6 && { ipv6: address }),
    ...(version !== 0 && port > 0 && { port }),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function hasAny(attributes: Attributes | undefined): attributes is Attributes {
  for (const key in attributes) if (attributes[key] !== undefined) return true
  return false
}
