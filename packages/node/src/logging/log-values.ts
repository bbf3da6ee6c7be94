import {
  isSpanContextValid,
  trace,
  type Context,
  type HrTime,
  type SpanContext,
  type TimeInput,
} from '@opentelemetry/api'
import { isTimeInput, millisToHrTime, timeInputToHrTime } from '@opentelemetry/core'

// What a log record is given, as it keeps it.

/** What is no time is now: JSON would lose the whole batch by it. */
export function timeOf(given: TimeInput | undefined, now: number): HrTime {
  // Milliseconds since 1970, as most are. Upstream's own way reads `node:perf_hooks` for it.
  if (typeof given === 'number' && given > now / 2 && given < Infinity) return millisToHrTime(given)
  if (given !== undefined && isTimeInput(given)) {
    const time = timeInputToHrTime(given)
    if (Number.isFinite(time[0] + time[1])) return time
  }
  return millisToHrTime(now)
}

/** The ids that were valid last: a span often logs several lines in a row. */
let validTrace = ''
let validSpan = ''

export function validContext(ctx: Context): SpanContext | undefined {
  const spanContext = trace.getSpanContext(ctx)
  if (!spanContext) return undefined
  const { traceId, spanId } = spanContext
  if (traceId === validTrace && spanId === validSpan) return spanContext
  if (!isSpanContextValid(spanContext)) return undefined
  validTrace = traceId
  validSpan = spanId
  return spanContext
}
