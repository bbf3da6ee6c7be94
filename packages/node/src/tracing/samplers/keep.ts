import {
  SamplingDecision,
  trace,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
} from '@opentelemetry/api'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import { verdictOf } from '../held.ts'
import { parentOf } from './parent.ts'
import { DROPPED } from './rules.ts'

/**
 * Records what `sampler` does not want, without the sampled flag, for the keep stage to decide about at the end
 * of the local root. What a rule dropped, and children of what is not recorded, are not recorded either.
 */
export class KeepSampler implements Sampler {
  /** Attributes are made for every span anyway. */
  readonly readsAttributes = true
  readonly #sampler: Sampler

  constructor(sampler: Sampler) {
    this.#sampler = sampler
  }

  shouldSample(
    ctx: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const result = this.#sampler.shouldSample(ctx, traceId, name, kind, attributes, links)
    if (result.decision !== SamplingDecision.NOT_RECORD || result === DROPPED) return result
    const parent = parentOf(ctx)
    if (parent && !parent.isRemote) {
      // Late children of what was kept follow it; with what was not there is nothing to be exported.
      const verdict = verdictOf(trace.getSpan(ctx)!)
      if (verdict !== 'pending' && verdict !== 'kept') return result
    }
    return { ...result, decision: SamplingDecision.RECORD }
  }

  toString(): string {
    return `Keep{${this.#sampler.toString()}}`
  }
}
