import {
  context,
  INVALID_SPAN_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanKind,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api'
import { isComponentOff, type Component } from './components.ts'

export interface InSpanOptions {
  /** Where configuration turns this off, there is no span, and what `fn` opens belongs to the parent. */
  component?: Component
  kind?: SpanKind
  attributes?: Attributes
  links?: Link[]
  startTime?: TimeInput
  /** Start a new trace even where a span is active. */
  root?: boolean
  /** The parent context. @default the active one */
  parent?: Context
}

/**
 * Run `fn` inside a new span that is active while it runs: the only place that opens spans around the
 * app's code. What `fn` returns or throws comes out unchanged; the span ends when the returned value, or the
 * promise it is, is settled. An error is recorded as an exception event with `error.type` and status ERROR.
 */
export function inSpan<T>(tracer: Tracer, name: string, options: InSpanOptions, fn: (span: Span) => T): T {
  const { parent = context.active(), component, ...spanOptions } = options
  if (component !== undefined && isComponentOff(component)) {
    return context.with(options.root ? trace.deleteSpan(parent) : parent, fn, undefined, NO_SPAN)
  }
  const span = tracer.startSpan(name, spanOptions, parent)
  const active = trace.setSpan(options.root ? trace.deleteSpan(parent) : parent, span)
  let result: T
  try {
    result = context.with(active, fn, undefined, span)
  } catch (error) {
    failSpan(span, error)
    span.end()
    throw error
  }
  if (!isPromise(result)) {
    span.end()
    return result
  }
  return result.then(
    (value) => {
      span.end()
      return value
    },
    (error: unknown) => {
      failSpan(span, error)
      span.end()
      throw error
    },
  ) as T
}

const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)

/** Record `error` on `span`: exception event, `error.type`, status ERROR. */
export function failSpan(span: Span, error: unknown): void {
  if (!span.isRecording()) return
  const exception = error instanceof Error ? error : String(error)
  span.recordException(exception)
  span.setAttribute('error.type', errorType(error))
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : String(error),
  })
}

/** `error.type` of the semantic conventions: the error's code where it has one, else its class. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && code.length <= 64 ? code : error.name
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
