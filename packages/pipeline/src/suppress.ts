import { context, createContextKey } from '@opentelemetry/api'

// The key that @opentelemetry/core's suppressTracing() sets and every SDK and instrumentation asks for. The API
// makes the same key of the same words, so this needs no dependency on the SDK's package; a test compares
// it with the real one.
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Run `fn` so that instrumentations make no spans and add no headers of their own in it. */
export function withoutTracing<T>(fn: () => T): T {
  return context.with(context.active().setValue(SUPPRESS_TRACING, true), fn)
}
