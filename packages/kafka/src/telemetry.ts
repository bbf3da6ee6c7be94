import { metrics, trace, type Attributes, type Counter, type Histogram, type Meter } from '@opentelemetry/api'
import type { Tracer } from '@opentelemetry/api'
import { errorType, guard } from '@waybill/core'
import {
  ERROR_TYPE,
  METRIC_CONSUMED_MESSAGES,
  METRIC_OPERATION_DURATION,
  METRIC_PROCESS_DURATION,
  METRIC_SENT_MESSAGES,
} from './semconv.ts'
import type { ClientInfo } from './types.ts'
import { SCOPE, VERSION } from './version.ts'

/** What the files that open spans need: where to, and what is known of the client. */
export interface Telemetry {
  readonly tracer: Tracer
  readonly instruments: Instruments
  readonly client: ClientInfo
  readonly recordMessageKey: boolean
}

export interface Instruments {
  readonly operationDuration: Histogram
  readonly sentMessages: Counter
  readonly consumedMessages: Counter
  readonly processDuration: Histogram
}

/** For calls that come from the app and not from an instrumentation: the global providers of this moment. */
export function globalTelemetry(client: ClientInfo = {}): Telemetry {
  return {
    tracer: trace.getTracer(SCOPE, VERSION),
    instruments: instrumentsOf(metrics.getMeter(SCOPE, VERSION)),
    client,
    recordMessageKey: false,
  }
}

/** The instruments of `meter`, made once. */
export function instrumentsOf(meter: Meter): Instruments {
  const known = made.get(meter)
  if (known) return known
  const instruments = {
    operationDuration: meter.createHistogram(METRIC_OPERATION_DURATION, {
      description: 'Duration of messaging operation initiated by a producer or consumer client.',
      ...SECONDS,
    }),
    sentMessages: meter.createCounter(METRIC_SENT_MESSAGES, {
      description: 'Number of messages producer attempted to send to the broker.',
      unit: '{message}',
    }),
    consumedMessages: meter.createCounter(METRIC_CONSUMED_MESSAGES, {
      description: 'Number of messages that were delivered to the application.',
      unit: '{message}',
    }),
    processDuration: meter.createHistogram(METRIC_PROCESS_DURATION, {
      description: 'Duration of processing operation.',
      ...SECONDS,
    }),
  }
  made.set(meter, instruments)
  return instruments
}

/** Seconds since `start` (from `performance.now()`) into `histogram`, with `error.type` where it failed. */
export function recordDuration(
  histogram: Histogram,
  start: number,
  attributes: Attributes,
  failure: { error: unknown } | undefined,
): void {
  guard(
    'kafka metrics',
    () => histogram.record((performance.now() - start) / 1000, withErrorType(attributes, failure)),
    undefined,
  )
}

export function withErrorType(attributes: Attributes, failure: { error: unknown } | undefined): Attributes {
  return failure ? { ...attributes, [ERROR_TYPE]: errorType(failure.error) } : attributes
}

const made = new WeakMap<Meter, Instruments>()

const SECONDS = {
  unit: 's',
  advice: {
    explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
}
