import { context, ROOT_CONTEXT, type Context } from '@opentelemetry/api'
import { guard, inSpan } from '@waybill/core'
import type { Batch, Consumer, ConsumerRunConfig, EachBatchHandler, EachMessageHandler } from 'kafkajs'
import { copyWith, creationContext, spanContextOf } from '../headers.ts'
import { processMessage } from '../process.ts'
import { MAX_LINKS, operationAttributes, pollSpan, type OperationName } from '../semconv.ts'
import { state } from '../state.ts'
import type { Telemetry } from '../telemetry.ts'
import type { TelemetryNow } from './patch.ts'
import { around, replaceFunction } from './replace.ts'

/** Trace what `consumer` hands to its handlers. */
export function traceConsumer(consumer: Consumer, telemetry: TelemetryNow): void {
  replaceFunction(consumer, 'run', (original) =>
    around(original, (call, [config]) => {
      const traced = guard('kafkajs consumer.run', () => tracedConfig(config, telemetry), undefined)
      return traced ? call(traced) : call()
    }),
  )
}

function tracedConfig(
  config: ConsumerRunConfig | undefined,
  telemetry: TelemetryNow,
): ConsumerRunConfig | undefined {
  if (typeof config !== 'object' || config === null) return undefined
  const { eachMessage, eachBatch } = config
  return copyWith(config, {
    ...(typeof eachMessage === 'function' && { eachMessage: traceEachMessage(eachMessage, telemetry) }),
    ...(typeof eachBatch === 'function' && { eachBatch: traceEachBatch(eachBatch, telemetry) }),
  })
}

function traceEachMessage(handler: EachMessageHandler, telemetry: TelemetryNow): EachMessageHandler {
  return around(handler, (call, [delivery]) => {
    const current = delivery && telemetry()
    if (!current) return call()
    count(current, 'process', delivery.topic, 1)
    return processMessage(current, delivery, undefined, call)
  })
}

function traceEachBatch(handler: EachBatchHandler, telemetry: TelemetryNow): EachBatchHandler {
  return around(handler, (call, [payload]) => {
    const current = payload && telemetry()
    if (!current) return call()
    count(current, 'poll', payload.batch.topic, payload.batch.messages.length)
    const polled = guard('kafkajs poll', () => poll(current, payload.batch), ROOT_CONTEXT)
    state.batches.set(payload.batch, { client: current.client, poll: spanContextOf(polled) })
    return context.with(polled, call)
  })
}

/**
 * The span of having received a batch: over before its handler starts, and the parent of what the handler does for
 * the batch as a whole. A trace of its own, since its messages have many.
 */
function poll({ tracer, client }: Telemetry, { topic, partition, messages }: Batch): Context {
  const created = messages.slice(0, MAX_LINKS).flatMap((message) => creationContext(message) ?? [])
  const { name, ...options } = pollSpan(topic, partition, messages.length, created, client)
  return inSpan(tracer, name, { ...options, parent: ROOT_CONTEXT, component: 'kafka_consume' }, () =>
    context.active(),
  )
}

function count(
  { instruments, client }: Telemetry,
  operation: OperationName,
  topic: string,
  messages: number,
): void {
  guard(
    'kafka metrics',
    () => instruments.consumedMessages.add(messages, operationAttributes(operation, topic, client)),
    undefined,
  )
}
