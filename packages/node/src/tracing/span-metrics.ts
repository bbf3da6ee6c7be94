import type { Attributes, Counter, Meter, SpanContext, UpDownCounter } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/api'

const RESULTS = ['DROP', 'RECORD_ONLY', 'RECORD_AND_SAMPLE']
const ORIGINS = ['none', 'local', 'remote']
// Each once: a span makes none.
const STARTED: readonly Attributes[][] = ORIGINS.map((origin) =>
  RESULTS.map((result) => ({
    'otel.span.parent.origin': origin,
    'otel.span.sampling_result': result,
  })),
)
const LIVE: readonly Attributes[] = RESULTS.map((result) => ({ 'otel.span.sampling_result': result }))

/** `otel.sdk.span.*`. https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/#span-metrics */
export class SpanMetrics {
  readonly #started: Counter
  readonly #live: UpDownCounter

  constructor(meter: Meter) {
    this.#started = meter.createCounter('otel.sdk.span.started', {
      unit: '{span}',
      description: 'The number of created spans.',
    })
    this.#live = meter.createUpDownCounter('otel.sdk.span.live', {
      unit: '{span}',
      description: 'The number of currently live spans.',
    })
  }

  start(parent: SpanContext | undefined, decision: SamplingDecision): void {
    this.#started.add(1, STARTED[parent === undefined ? 0 : parent.isRemote ? 2 : 1]![decision]!)
    if (decision !== SamplingDecision.NOT_RECORD) this.#live.add(1, LIVE[decision]!)
  }

  end(sampled: boolean): void {
    this.#live.add(-1, LIVE[sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD]!)
  }
}
