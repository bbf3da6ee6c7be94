import { isSpanContextValid, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Context, SpanContext } from '@opentelemetry/api'
import { extractHeaders, guard, headerText, injectHeaders, OPERATION_CARRIER_KEY } from '@waybill/core'
import type { ConsumedMessage, ProducedMessage } from './types.ts'

type ProducedHeaders = NonNullable<ProducedMessage['headers']>

/** The context that a message's own headers carry, and nothing of the active one. */
export function receivedContext(message: Pick<ConsumedMessage, 'headers'>): Context {
  return guard('kafka headers', () => extractHeaders(ROOT_CONTEXT, message.headers), ROOT_CONTEXT)
}

/** The span that created the message, where its headers say so. */
export function creationContext(message: Pick<ConsumedMessage, 'headers'>): SpanContext | undefined {
  return spanContextOf(receivedContext(message))
}

export function spanContextOf(ctx: Context): SpanContext | undefined {
  const found = trace.getSpanContext(ctx)
  return found && isSpanContextValid(found) ? found : undefined
}

/** A copy of `message` whose headers carry `ctx`. A creation context that is there is kept, an ill-formed one is not. */
export function carry(ctx: Context, message: ProducedMessage): ProducedMessage {
  const { headers } = message
  const text = headerText(headers?.['traceparent'])
  const kept = text === undefined || TRACEPARENT.test(text) ? headers : withoutTraceContext(headers)
  return copyWith(message, { headers: injectHeaders(ctx, kept) as ProducedHeaders })
}

/**
 * `out` as it goes on from the span that is active. Where the app copied the headers of the message it was made
 * from, their context is taken out: it would pass over everything that happened since.
 */
export function continueFrom(message: ConsumedMessage, out: ProducedMessage): ProducedMessage {
  const copied = creationContext(out)
  if (!copied || copied.spanId !== creationContext(message)?.spanId) return out
  return copyWith(out, { headers: withoutContext(out.headers) })
}

/** `headers` without what carries a context. Null values, which no producer takes, become empty. */
export function withoutContext(headers: ConsumedMessage['headers']): ProducedHeaders {
  const carried = new Set([...TRACE_CONTEXT, ...propagation.fields(), OPERATION_CARRIER_KEY])
  const kept = Object.entries(headers ?? {}).filter(([name]) => !carried.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])) as ProducedHeaders
}

/** A shallow copy with some properties replaced; what was inherited still is. */
export function copyWith<T extends object>(original: T, replaced: Partial<T>): T {
  const copy: unknown = Object.assign(
    Object.create(Object.getPrototypeOf(original) as object | null) as T,
    original,
  )
  return Object.assign(copy as T, replaced)
}

const TRACE_CONTEXT = ['traceparent', 'tracestate']
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/

function withoutTraceContext(headers: ProducedHeaders | undefined): ProducedHeaders {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !TRACE_CONTEXT.includes(name)))
}
