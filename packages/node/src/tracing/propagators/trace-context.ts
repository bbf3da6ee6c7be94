import {
  isSpanContextValid,
  trace,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { W3CTraceState } from './trace-state.ts'

/** Sampled, and random: the trace id's last 56 bits are. https://www.w3.org/TR/trace-context-2/#trace-flags */
export const RANDOM_FLAG = 0x02
const KNOWN_FLAGS = 0x03

// Higher versions may have more behind the flags, after a dash.
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const LENGTH = 55
const MAX_LENGTH = 512

/**
 * W3C Trace Context, Level 2: the random flag goes along; a `tracestate` that is not well-formed is dropped
 * whole. https://www.w3.org/TR/trace-context-2/
 */
export class TraceContextPropagator implements TextMapPropagator {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = trace.getSpanContext(ctx)
    if (!spanContext || isTracingSuppressed(ctx) || !isSpanContextValid(spanContext)) return
    setter.set(carrier, 'traceparent', traceparentOf(spanContext))
    const state = spanContext.traceState?.serialize()
    if (state) setter.set(carrier, 'tracestate', state)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, 'traceparent')
    if (header === undefined) return ctx
    const spanContext = parseTraceparent(header)
    if (!spanContext) return ctx
    const states = getter.get(carrier, 'tracestate')
    if (states !== undefined && states.length > 0) {
      const traceState = W3CTraceState.parse(typeof states === 'string' ? states : states.join(','))
      if (traceState) spanContext.traceState = traceState
    }
    return trace.setSpanContext(ctx, spanContext)
  }

  fields(): string[] {
    return ['traceparent', 'tracestate']
  }
}

/** `00-{trace id}-{span id}-{flags}`, also for `traceresponse`. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & KNOWN_FLAGS}`
}

/** Undefined where the header is not well-formed, or came more than once: the trace begins anew. */
export function parseTraceparent(header: string | readonly string[]): SpanContext | undefined {
  if (typeof header !== 'string') return header.length === 1 ? parseTraceparent(header[0]!) : undefined
  const text = header.length === LENGTH ? header : header.trim()
  if (text.length < LENGTH || text.length > MAX_LENGTH) return undefined
  const match = TRACEPARENT.exec(text)
  if (!match || (text.length > LENGTH && match[1] === '00')) return undefined
  return {
    traceId: match[2]!,
    spanId: match[3]!,
    traceFlags: Number.parseInt(match[4]!, 16) & KNOWN_FLAGS,
    isRemote: true,
  }
}
