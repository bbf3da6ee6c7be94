import { context, type Context, type SpanContext } from '@opentelemetry/api'
import { guard, inSpan } from '@waybill/core'
import { receivedContext } from './headers.ts'
import { observe } from './observe.ts'
import { linksTo, operationAttributes, processSpan } from './semconv.ts'
import { state } from './state.ts'
import { recordDuration, type Telemetry } from './telemetry.ts'
import type { ConsumedMessage, Delivery } from './types.ts'

/**
 * The context of a message: that of its process span once `eachMessage`, `forEachMessage` or another
 * instrumented consumer has handled it, else what its headers carry.
 */
export function messageContext(message: ConsumedMessage): Context {
  return state.messages.get(message) ?? receivedContext(message)
}

/**
 * Run `fn` inside the process span of one message, which continues the message's trace: nothing of the
 * active context is in it.
 *
 * @param poll the span that received the message, to be linked to
 */
export function processMessage<T>(
  { tracer, instruments, client, recordMessageKey }: Telemetry,
  delivery: Delivery,
  poll: SpanContext | undefined,
  fn: () => T,
): T {
  const { topic, message } = delivery
  const description = guard('kafka process', () => processSpan(delivery, client, recordMessageKey), undefined)
  if (!description) return fn()
  const { name, ...options } = description
  const links = poll ? linksTo([poll]) : []
  const start = performance.now()
  return observe(
    () =>
      inSpan(
        tracer,
        name,
        { ...options, links, parent: receivedContext(message), component: 'kafka_consume' },
        () => {
          guard('kafka process', () => state.messages.set(message, context.active()), undefined)
          return fn()
        },
      ),
    (failure) =>
      recordDuration(
        instruments.processDuration,
        start,
        operationAttributes('process', topic, client),
        failure,
      ),
  )
}
