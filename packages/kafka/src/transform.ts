import { context, trace, type Context } from '@opentelemetry/api'
import { failSpan, inSpan, WaybillError } from '@waybill/core'
import { sendDeadLetter } from './dead-letter.ts'
import { continueFrom } from './headers.ts'
import { messageContext } from './process.ts'
import { sendWith } from './send-with.ts'
import { state } from './state.ts'
import { globalTelemetry } from './telemetry.ts'
import type { ConsumedMessage, Delivery, ProducedMessage, Producer } from './types.ts'

export interface TransformOptions {
  /** Sends the result. The app's own; connected by the app. */
  producer: Producer
  /** The topic that results go to. */
  to: string
  /** The topic for records that cannot be transformed. Without it the error comes out. */
  deadLetter?: string
}

type Produced = ProducedMessage | readonly ProducedMessage[] | null | undefined | void

/**
 * A traced step from topic to topic: a handler for `eachMessage` and for `forEachMessage`. What `fn` returns is
 * sent inside the span `transform {name}`, in the trace of the record it was made from; nothing is sent where it
 * returns nothing.
 *
 * When `fn` throws, the error is on the transform's span and on the record's process span. With `deadLetter`
 * the original record is sent there and the handler resolves; else, and when sending fails, the handler
 * rejects with the error as it was.
 *
 * @throws WaybillError `WAYBILL_BAD_VALUE` at once where an option is missing
 */
export function transform<M extends ConsumedMessage>(
  name: string,
  { producer, to, deadLetter }: TransformOptions,
  fn: (message: M, origin: { topic: string; partition: number }) => Produced | Promise<Produced>,
): (delivery: Delivery<M>) => Promise<void> {
  requireText('name', name)
  requireText('to', to)
  if (deadLetter !== undefined) requireText('deadLetter', deadLetter)
  if (typeof producer?.send !== 'function') {
    throw new WaybillError('WAYBILL_BAD_VALUE', `transform ${name}: producer has no send function`)
  }

  return async (delivery) => {
    const { topic, partition, message } = delivery
    const record = recordContext(message)
    let failure: { error: unknown } | undefined
    try {
      await inSpan(globalTelemetry().tracer, `transform ${name}`, { parent: record }, async () => {
        const produced = await attempt(
          () => fn(message, { topic, partition }),
          (error) => (failure = { error }),
        )
        const messages = produced ? [produced].flat() : []
        if (messages.length === 0) return
        await sendWith(producer, { topic: to, messages: messages.map((out) => continueFrom(message, out)) })
      })
    } catch (error) {
      if (!failure || deadLetter === undefined) throw error
      failProcess(message, failure.error)
      await context.with(record, () => sendDeadLetter(producer, deadLetter, delivery, error))
    }
  }
}

/** Inside the record's process span what is active is right; without one, the record's headers say where to go on. */
function recordContext(message: ConsumedMessage): Context {
  return state.messages.has(message) && trace.getActiveSpan() ? context.active() : messageContext(message)
}

/** The handler will resolve, so nobody else would say that this record failed. */
function failProcess(message: ConsumedMessage, error: unknown): void {
  const known = state.messages.get(message)
  const span = known && trace.getSpan(known)
  if (span) failSpan(span, error)
}

async function attempt<T>(fn: () => T | Promise<T>, failed: (error: unknown) => void): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    failed(error)
    throw error
  }
}

function requireText(option: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return
  throw new WaybillError('WAYBILL_BAD_VALUE', `transform: ${option} must be a string that is not empty`)
}
