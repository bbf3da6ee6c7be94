import type { Span as ApiSpan } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { hidden } from '@waybill/core'

// A local root with what was recorded below it, while nobody knows yet how it ends. Its spans point to it, so
// that finding it costs nothing, and a child that ends hours later still learns what became of its root.

export type Verdict =
  /** The local root has not ended. */
  | 'pending'
  /** It ended in error, or was slow. */
  | 'kept'
  /** It ended well: what the sampler chose goes out, the rest does not. */
  | 'passed'
  /** As passed, before its end: too much was held, or for too long. */
  | 'evicted'

export interface Held {
  readonly root: ApiSpan
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number
  verdict: Verdict
  reason: 'error' | 'slow' | undefined
  spans: ReadableSpan[]
  bytes: number
}

const held = hidden<Held>()

export function heldOf(span: object): Held | undefined {
  return held.get(span)
}

export function holdIn(unit: Held, span: object): void {
  held.set(span, unit)
}

export function verdictOf(span: object): Verdict | undefined {
  return heldOf(span)?.verdict
}

/** Bytes a span takes in memory, roughly: its texts, and something for all else. */
export function sizeOf({ name, attributes, events, links }: ReadableSpan): number {
  let bytes = 600 + name.length + links.length * 100 + sizeOfAttributes(attributes)
  for (const event of events) bytes += 100 + event.name.length + sizeOfAttributes(event.attributes)
  return bytes
}

function sizeOfAttributes(attributes: ReadableSpan['attributes'] | undefined): number {
  let bytes = 0
  for (const key in attributes) {
    const value = attributes[key]
    bytes += 32 + key.length
    if (typeof value === 'string') bytes += value.length
    else if (Array.isArray(value)) for (const item of value) bytes += 8 + String(item).length
  }
  return bytes
}
