import type { Attributes, Span } from '@opentelemetry/api'
import { guard, inSpan } from '@waybill/core'
import { spanContextOf } from './headers.ts'
import { messageContext } from './process.ts'
import { linksTo, MESSAGING_BATCH_MESSAGE_COUNT } from './semconv.ts'
import { globalTelemetry } from './telemetry.ts'
import type { ConsumedMessage } from './types.ts'

/** SDKs keep 128 links unless told otherwise (`OTEL_SPAN_LINK_COUNT_LIMIT`); the count attribute tells the rest. */
const MAX_BATCH_LINKS = 1000

export interface BatchSpanOptions {
  attributes?: Attributes
}

/**
 * Run `fn` inside one span for work that is done for many messages at once: a bulk insert, one webhook for many.
 * The span is a child of what is active and links to every message's own span.
 *
 * @returns what `fn` returns; its errors are recorded on the span and come out unchanged
 */
export function withBatchSpan<T>(
  name: string,
  messages: Iterable<ConsumedMessage>,
  fn: (span: Span) => T,
  { attributes }: BatchSpanOptions = {},
): T {
  const all = guard('kafka batch span', () => [...messages], [])
  const contributing = guard(
    'kafka batch span',
    () => all.slice(0, MAX_BATCH_LINKS).flatMap((message) => spanContextOf(messageContext(message)) ?? []),
    [],
  )
  return inSpan(
    globalTelemetry().tracer,
    name,
    {
      attributes: { [MESSAGING_BATCH_MESSAGE_COUNT]: all.length, ...attributes },
      links: linksTo(contributing, MAX_BATCH_LINKS),
      component: 'kafka_consume',
    },
    fn,
  )
}
