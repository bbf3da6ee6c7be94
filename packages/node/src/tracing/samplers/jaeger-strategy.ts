import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api'
import { ProbabilitySampler } from './probability.ts'
import { RateLimitSampler } from './rate-limit.ts'

/** Operations of one strategy; a server that sends more is not believed. */
const MAX_OPERATIONS = 2000

/**
 * The sampler of an answer of Jaeger's strategies endpoint. Enums come as names or as numbers, depending on who
 * answers (collector, agent, remote sampling extension).
 *
 * @throws where the answer is not understood, with a message that names the part
 */
export function strategySampler(answer: unknown): Sampler {
  const { strategyType, probabilisticSampling, rateLimitingSampling, operationSampling } = object(
    answer,
    'the answer',
  )
  if (operationSampling !== undefined && operationSampling !== null) {
    return new PerOperationSampler(object(operationSampling, 'operationSampling'))
  }
  if (strategyType === 'RATE_LIMITING' || strategyType === 1) {
    const { maxTracesPerSecond } = object(rateLimitingSampling, 'rateLimitingSampling')
    return new RateLimitSampler(number(maxTracesPerSecond, 'maxTracesPerSecond', 0, 1e6))
  }
  const { samplingRate } = object(probabilisticSampling, 'probabilisticSampling')
  return new ProbabilitySampler(number(samplingRate, 'samplingRate', 0, 1))
}

/** A ratio for each span name, and at least so many traces a second of each. */
class PerOperationSampler implements Sampler {
  readonly #byName = new Map<string, Sampler>()
  readonly #otherwise: Sampler

  constructor(given: Record<string, unknown>) {
    const { perOperationStrategies, defaultSamplingProbability, defaultLowerBoundTracesPerSecond } = given
    const lowerBound = number(
      defaultLowerBoundTracesPerSecond ?? 0,
      'defaultLowerBoundTracesPerSecond',
      0,
      1e6,
    )
    this.#otherwise = new ProbabilitySampler(
      number(defaultSamplingProbability, 'defaultSamplingProbability', 0, 1),
    )
    if (!Array.isArray(perOperationStrategies)) return
    for (const strategy of perOperationStrategies.slice(0, MAX_OPERATIONS) as unknown[]) {
      const { operation, probabilisticSampling } = object(strategy, 'perOperationStrategies')
      const { samplingRate } = object(probabilisticSampling, 'probabilisticSampling')
      if (typeof operation !== 'string') continue
      const ratio = new ProbabilitySampler(number(samplingRate, 'samplingRate', 0, 1))
      this.#byName.set(operation, lowerBound > 0 ? new AtLeastSampler(ratio, lowerBound) : ratio)
    }
  }

  shouldSample(
    ctx: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const sampler = this.#byName.get(name) ?? this.#otherwise
    return sampler.shouldSample(ctx, traceId, name, kind, attributes, links)
  }

  toString(): string {
    return `PerOperation{${this.#byName.size}, otherwise=${this.#otherwise.toString()}}`
  }
}

/** A ratio, and where it says no, so many traces a second nevertheless. */
class AtLeastSampler implements Sampler {
  readonly #ratio: ProbabilitySampler
  readonly #lowerBound: RateLimitSampler

  constructor(ratio: ProbabilitySampler, perSecond: number) {
    this.#ratio = ratio
    this.#lowerBound = new RateLimitSampler(perSecond)
  }

  shouldSample(ctx: Context, traceId: string): SamplingResult {
    const result = this.#ratio.shouldSample(ctx, traceId)
    return result.decision === 0 ? this.#lowerBound.shouldSample(ctx) : result
  }

  toString(): string {
    return `AtLeast{${this.#ratio.toString()}, ${this.#lowerBound.toString()}}`
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${what} is no object`)
  return value as Record<string, unknown>
}

function number(value: unknown, what: string, min: number, max: number): number {
  // An absent number is a protobuf's 0.
  const found = value ?? 0
  if (typeof found === 'number' && found >= min && found <= max) return found
  throw new Error(`${what} is not from ${min} to ${max}`)
}
