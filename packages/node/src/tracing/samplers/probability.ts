import { SamplingDecision, type Context } from '@opentelemetry/api'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import { W3CTraceState } from '../propagators/trace-state.ts'
import { parentOf } from './parent.ts'
import { randomnessOf, readOt, thresholdOf, writeOt, type Threshold } from './threshold.ts'

/**
 * A ratio of all traces, the same ones in every process that uses this sampler: `traceidratio`. The
 * probability goes along as `ot=th:` in tracestate, so that backends can count.
 * https://opentelemetry.io/docs/specs/otel/trace/sdk/#probabilitysampler
 */
export class ProbabilitySampler implements Sampler {
  /** Attributes of a span need not be made for this one. */
  readonly readsAttributes = false
  readonly #ratio: number
  readonly #threshold: Threshold | undefined
  readonly #sampledRoot: SamplingResult
  readonly #droppedRoot: SamplingResult = { decision: SamplingDecision.NOT_RECORD }

  /** @param ratio from 0 to 1 */
  constructor(ratio: number) {
    this.#ratio = ratio
    this.#threshold = thresholdOf(ratio)
    const traceState = writeOt(W3CTraceState.EMPTY, readOt(undefined), this.#threshold)!
    this.#sampledRoot = { decision: SamplingDecision.RECORD_AND_SAMPLED, traceState }
  }

  shouldSample(ctx: Context, traceId: string): SamplingResult {
    const threshold = this.#threshold
    const inbound = parentOf(ctx)?.traceState
    if (inbound === undefined) {
      const sampled = threshold !== undefined && traceId.slice(-14).toLowerCase() >= threshold
      return sampled ? this.#sampledRoot : this.#droppedRoot
    }
    const ot = readOt(inbound)
    const sampled = threshold !== undefined && randomnessOf(traceId, ot) >= threshold
    return {
      decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
      traceState: writeOt(inbound, ot, sampled ? threshold : undefined)!,
    }
  }

  toString(): string {
    return `Probability{${this.#ratio}}`
  }
}
