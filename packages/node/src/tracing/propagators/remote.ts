import { isSpanContextValid, trace, TraceFlags, type Context, type SpanContext } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'

// What the propagators of other vendors' formats have in common.

/** The span context to write; undefined where there is none, and for requests that are not to be traced. */
export function sentBy(ctx: Context): SpanContext | undefined {
  const spanContext = trace.getSpanContext(ctx)
  return spanContext && isSpanContextValid(spanContext) && !isTracingSuppressed(ctx) ? spanContext : undefined
}

/** `ctx` with the remote span that was read: ids in hex of any case, without leading zeros perhaps. */
export function setRemote(ctx: Context, traceId: string, spanId: string, sampled: boolean): Context {
  const spanContext: SpanContext = {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: spanId.toLowerCase().padStart(16, '0'),
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  }
  return isSpanContextValid(spanContext) ? trace.setSpanContext(ctx, spanContext) : ctx
}

/** A header's value, or the first of several. */
export function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
