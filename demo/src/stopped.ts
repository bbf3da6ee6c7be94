import type { SpanRow } from '@waybill/viewer'
import type { DeadLetter } from './dead-letters.ts'
import { ERROR } from './telemetry.ts'

/**
 * Where a record stopped: the innermost span of its trace that failed, and where the record is now. Undefined where
 * nothing failed.
 */
export function stoppedAt(trace: readonly SpanRow[], letter: DeadLetter | undefined): string | undefined {
  const failed = trace.filter((span) => span.status === ERROR)
  // The transform's span says best what went wrong; a failed request within may be its cause.
  const span =
    failed.find(({ name }) => name.startsWith('transform ')) ??
    failed.find(({ spanId }) => !failed.some(({ parentSpanId }) => parentSpanId === spanId))
  if (!span) return undefined
  const where = letter
    ? `it is in ${letter.topic} partition ${letter.partition} offset ${letter.offset}`
    : 'it is in no dead-letter topic'
  return `stopped: ${span.service}, ${span.name}: error${span.statusMessage ? `: ${span.statusMessage}` : ''}; ${where}`
}
