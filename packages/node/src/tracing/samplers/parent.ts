import { isSpanContextValid, trace, type Context, type SpanContext } from '@opentelemetry/api'

/** The span a new one would continue; undefined where a trace begins. */
export function parentOf(ctx: Context): SpanContext | undefined {
  const parent = trace.getSpanContext(ctx)
  return parent && isSpanContextValid(parent) ? parent : undefined
}
