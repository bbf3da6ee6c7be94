import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Attributes, type Context } from '@opentelemetry/api'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import { W3CTraceState } from '../../src/tracing/propagators/trace-state.ts'

/** Always the same numbers, from 0 to 1, for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

export function traceIds(count: number, seed = 1): string[] {
  const random = seeded(seed)
  const part = (): string =>
    Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
  return Array.from({ length: count }, () => part() + part() + part() + part())
}

export interface ParentOptions {
  readonly traceId: string
  readonly sampled: boolean
  readonly remote?: boolean
  readonly tracestate?: string
}

export function childOf({ traceId, sampled, remote = true, tracestate }: ParentOptions): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: '00f067aa0ba902b7',
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: remote,
    ...(tracestate !== undefined && { traceState: W3CTraceState.parse(tracestate)! }),
  })
}

export interface Question {
  readonly ctx?: Context
  readonly traceId?: string
  readonly name?: string
  readonly kind?: SpanKind
  readonly attributes?: Attributes
}

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'

export function ask(
  sampler: Sampler,
  {
    ctx = ROOT_CONTEXT,
    traceId = TRACE_ID,
    name = 'GET',
    kind = SpanKind.SERVER,
    attributes = {},
  }: Question = {},
): SamplingResult {
  return sampler.shouldSample(ctx, traceId, name, kind, attributes, [])
}
