import { SamplingDecision, TraceFlags, type Context } from '@opentelemetry/api'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import { parentOf } from './parent.ts'

/** Lets `perSecond` things through, and up to `burst` at once after a quiet time. */
export class TokenBucket {
  readonly #perMillisecond: number
  readonly #burst: number
  readonly #now: () => number
  #tokens: number
  #at: number

  /** @param now milliseconds of a clock that never goes back */
  constructor(perSecond: number, burst: number = Math.max(1, perSecond), now: () => number = monotonic) {
    this.#perMillisecond = perSecond / 1000
    this.#burst = Math.max(1, burst)
    this.#now = now
    this.#tokens = this.#burst
    this.#at = now()
  }

  take(): boolean {
    const now = this.#now()
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMillisecond)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}

function monotonic(): number {
  return performance.now()
}

const SAMPLED: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED }
const NOT_SAMPLED: SamplingResult = { decision: SamplingDecision.NOT_RECORD }

/**
 * Samples traces up to a rate, where they begin; a span with a parent follows it. The probability is not known,
 * so tracestate carries none: backends count such a trace once.
 */
export class RateLimitSampler implements Sampler {
  /** Attributes of a span need not be made for this one. */
  readonly readsAttributes = false
  readonly #bucket: TokenBucket
  readonly #perSecond: number

  /** @param now milliseconds of a clock that never goes back */
  constructor(perSecond: number, burst?: number, now?: () => number) {
    this.#perSecond = perSecond
    this.#bucket = new TokenBucket(perSecond, burst, now)
  }

  shouldSample(ctx: Context): SamplingResult {
    const parent = parentOf(ctx)
    const sampled = parent ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0 : this.#bucket.take()
    return sampled ? SAMPLED : NOT_SAMPLED
  }

  toString(): string {
    return `RateLimit{${this.#perSecond}/s}`
  }
}
