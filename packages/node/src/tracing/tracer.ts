import {
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  SamplingDecision,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer as ApiTracer,
} from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type IdGenerator,
  type Sampler,
} from '@opentelemetry/sdk-trace'
import { reportInternal } from '@waybill/core'
import { takeTraceId } from './entry.ts'
import { RANDOM_FLAG } from './propagators/trace-context.ts'
import { RecordingSpan, type SpanOwner } from './span.ts'

/** What all tracers of one provider share, and their own name. */
export interface TracerParts extends SpanOwner {
  readonly sampler: Sampler
  readonly ids: IdGenerator
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})
const NO_LINKS: Link[] = []

/**
 * Starts spans as the specification says, in its order: parent, ids, sampler, processors. A span that the sampler
 * does not want costs its ids and little more: its attributes are not read, unless the sampler reads them.
 * Flags are those of Trace Context Level 2.
 */
export class Tracer implements ApiTracer {
  readonly #parts: TracerParts
  readonly #samplerReads: boolean

  constructor(parts: TracerParts) {
    this.#parts = parts
    this.#samplerReads = readsAttributes(parts.sampler)
  }

  startSpan(name: string, options: SpanOptions = {}, active: Context = context.active()): Span {
    if (isTracingSuppressed(active)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
    const { sampler, ids, processors, counts } = this.#parts
    const ctx = options.root ? trace.deleteSpan(active) : active
    const parent = validParent(ctx)
    const given = parent || options.root ? undefined : takeTraceId(ctx)
    const spanId = ids.generateSpanId()
    const traceId = parent?.traceId ?? given ?? ids.generateTraceId()
    const kind = options.kind ?? SpanKind.INTERNAL
    const links = options.links ?? NO_LINKS
    let attributes = this.#samplerReads ? (options.attributes ?? NO_ATTRIBUTES) : undefined
    const sampled = sampler.shouldSample(ctx, traceId, name, kind, attributes ?? NO_ATTRIBUTES, links)
    counts?.start(parent, sampled.decision)
    const traceState = sampled.traceState ?? parent?.traceState
    const spanContext: SpanContext = {
      traceId,
      spanId,
      traceFlags:
        (sampled.decision === SamplingDecision.RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE) |
        // An id that was given may be any.
        (parent ? parent.traceFlags & RANDOM_FLAG : given === undefined ? RANDOM_FLAG : 0),
      ...(traceState && { traceState }),
    }
    if (sampled.decision === SamplingDecision.NOT_RECORD) return trace.wrapSpanContext(spanContext)
    attributes ??= options.attributes
    const span = new RecordingSpan(this.#parts, name, kind, spanContext, parent, options.startTime)
    if (attributes) span.setAttributes(attributes)
    if (sampled.attributes) span.setAttributes(sampled.attributes)
    if (links.length > 0) span.addLinks(links)
    for (let at = 0; at < processors.length; at++) {
      try {
        processors[at]!.onStart(span, ctx)
      } catch (error) {
        reportInternal('onStart of a span processor', error)
      }
    }
    return span
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    ctx: Context,
    fn: F,
  ): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const fn = rest.at(-1) as F
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : undefined
    const parent = (rest.length > 2 ? (rest[1] as Context | undefined) : undefined) ?? context.active()
    const span = this.startSpan(name, options, parent)
    return context.with(trace.setSpan(parent, span), fn as (span: Span) => ReturnType<F>, undefined, span)
  }
}

function validParent(ctx: Context): SpanContext | undefined {
  const parent = trace.getSpanContext(ctx)
  return parent && isSpanContextValid(parent) ? parent : undefined
}

/**
 * Does it decide by attributes? Upstream's do not; one of ours says so itself (`readsAttributes`); of any other it
 * is to be assumed.
 */
export function readsAttributes(sampler: Sampler & { readonly readsAttributes?: boolean }): boolean {
  if (sampler.readsAttributes !== undefined) return sampler.readsAttributes
  if (
    sampler instanceof AlwaysOnSampler ||
    sampler instanceof AlwaysOffSampler ||
    sampler instanceof TraceIdRatioBasedSampler
  ) {
    return false
  }
  if (!(sampler instanceof ParentBasedSampler)) return true
  return Object.values(sampler).some((part) => readsAttributes(part as Sampler))
}
