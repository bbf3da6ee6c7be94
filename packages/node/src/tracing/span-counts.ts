import { SamplingDecision, type SpanContext } from '@opentelemetry/api'

/** How a parent came, as `otel.span.parent.origin`. */
export const ORIGINS: readonly string[] = ['none', 'local', 'remote']
/** Sampling decisions, as `otel.span.sampling_result`. */
export const RESULTS: readonly string[] = ['DROP', 'RECORD_ONLY', 'RECORD_AND_SAMPLE']

/** Spans started and not ended yet, as plain numbers: who shows them reads them when metrics are collected. */
export class SpanCounts {
  /** By origin of the parent, then by sampling decision. */
  readonly started: number[][] = ORIGINS.map(() => [0, 0, 0])
  /** By sampling decision. */
  readonly live: number[] = [0, 0, 0]

  start(parent: SpanContext | undefined, decision: SamplingDecision): void {
    this.started[parent === undefined ? 0 : parent.isRemote ? 2 : 1]![decision]!++
    if (decision !== SamplingDecision.NOT_RECORD) this.live[decision]!++
  }

  end(sampled: boolean): void {
    this.live[sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD]!--
  }
}
