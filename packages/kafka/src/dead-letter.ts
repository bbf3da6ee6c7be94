import { errorType, headerText, inSpan } from '@waybill/core'
import { withoutContext } from './headers.ts'
import { sendWith } from './send-with.ts'
import { globalTelemetry } from './telemetry.ts'
import type { Delivery, ProducedMessage, Producer } from './types.ts'

const MAX_ERROR_TYPE = 100
const MAX_ERROR_MESSAGE = 500

/** Send the record as it came to `topic`, inside the span `dead letter {topic}`, in the active trace. */
export function sendDeadLetter(
  producer: Producer,
  topic: string,
  delivery: Delivery,
  error: unknown,
): Promise<unknown> {
  return inSpan(globalTelemetry().tracer, `dead letter ${topic}`, { component: 'dead_letter' }, () =>
    sendWith(producer, { topic, messages: [deadLetterOf(delivery, error, new Date())] }),
  )
}

/** Key, value and headers of the record, and where it came from and why it is here. */
export function deadLetterOf(
  { topic, partition, message }: Delivery,
  error: unknown,
  now: Date,
): ProducedMessage {
  const text = error instanceof Error ? error.message : String(error)
  return {
    key: message.key ?? null,
    value: message.value ?? null,
    headers: {
      ...withoutContext(message.headers),
      'x-origin-topic': topic,
      'x-origin-partition': String(partition),
      'x-origin-offset': message.offset ?? '',
      'x-error-type': errorType(error).slice(0, MAX_ERROR_TYPE),
      'x-error-message': text.slice(0, MAX_ERROR_MESSAGE),
      'x-first-seen': firstSeen(headerText(message.headers?.['x-first-seen'])) ?? now.toISOString(),
    },
  }
}

function firstSeen(inbound: string | undefined): string | undefined {
  return inbound !== undefined && ISO_TIME.test(inbound) ? inbound : undefined
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/
