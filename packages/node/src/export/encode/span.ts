import type { SpanContext } from '@opentelemetry/api'
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace'
import type { Bytes } from './bytes.ts'
import { writeAttributes } from './value.ts'

type SpanLink = ReadableSpan['links'][number]

const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** One span as a field of ScopeSpans. https://github.com/open-telemetry/opentelemetry-proto: trace.proto */
export function encodeSpan(out: Bytes, span: ReadableSpan): void {
  const context = span.spanContext()
  const parent = span.parentSpanContext
  const start = out.begin(0x12, 2)
  writeContext(out, context)
  if (parent?.spanId) out.hexField(0x22, parent.spanId)
  out.stringField(0x2a, span.name)
  // The API counts kinds from 0 (internal), the protocol from 1.
  out.varintField(0x30, span.kind + 1)
  out.timeField(0x39, span.startTime)
  out.timeField(0x41, span.endTime)
  writeAttributes(out, 0x4a, span.attributes)
  if (span.droppedAttributesCount > 0) out.varintField(0x50, span.droppedAttributesCount)
  for (let i = 0; i < span.events.length; i++) writeEvent(out, span.events[i]!)
  if (span.droppedEventsCount > 0) out.varintField(0x60, span.droppedEventsCount)
  for (let i = 0; i < span.links.length; i++) writeLink(out, span.links[i]!)
  if (span.droppedLinksCount > 0) out.varintField(0x70, span.droppedLinksCount)
  writeStatus(out, span.status)
  out.byte(0x85)
  out.byte(0x01)
  out.fixed32(flags(context, parent?.isRemote))
  out.end(start, 2)
}

function writeEvent(out: Bytes, event: TimedEvent): void {
  const start = out.begin(0x5a)
  out.timeField(0x09, event.time)
  out.stringField(0x12, event.name)
  writeAttributes(out, 0x1a, event.attributes)
  if (event.droppedAttributesCount) out.varintField(0x20, event.droppedAttributesCount)
  out.end(start)
}

function writeLink(out: Bytes, link: SpanLink): void {
  const start = out.begin(0x6a)
  writeContext(out, link.context)
  writeAttributes(out, 0x22, link.attributes)
  if (link.droppedAttributesCount) out.varintField(0x28, link.droppedAttributesCount)
  out.byte(0x35)
  out.fixed32(flags(link.context, link.context.isRemote))
  out.end(start)
}

/** Trace id, span id and trace state: fields 1 to 3 of a span and of a link. */
function writeContext(out: Bytes, { traceId, spanId, traceState }: SpanContext): void {
  out.hexField(0x0a, traceId)
  out.hexField(0x12, spanId)
  const state = traceState?.serialize()
  if (state) out.stringField(0x1a, state)
}

function writeStatus(out: Bytes, { code, message }: ReadableSpan['status']): void {
  if (code === 0 && !message) return
  const start = out.begin(0x7a)
  if (message) out.stringField(0x12, message)
  out.varintField(0x18, code)
  out.end(start)
}

function flags({ traceFlags }: SpanContext, isRemote: boolean | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0)
}
