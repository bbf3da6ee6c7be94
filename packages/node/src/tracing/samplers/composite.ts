import {
  SamplingDecision,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type SpanContext,
  type SpanKind,
} from '@opentelemetry/api'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import type { ComposableConfig, ComposableRule } from '../config.ts'
import { compileGlobs } from './glob.ts'
import { kindNumbers } from './kinds.ts'
import { parentOf } from './parent.ts'
import { ALL, randomnessOf, readOt, thresholdOf, writeOt, type OtState, type Threshold } from './threshold.ts'

/** What a composable sampler is asked about. */
export interface Asked {
  readonly parent: SpanContext | undefined
  readonly ot: OtState
  readonly kind: SpanKind
  readonly attributes: Attributes
}

/** What it wants: spans whose randomness is not below `threshold`; undefined: none. */
export interface Intent {
  readonly threshold: Threshold | undefined
  /** Does the threshold tell the probability? */
  readonly reliable: boolean
}

export interface Composable {
  intent(asked: Asked): Intent
  toString(): string
}

/**
 * Decides for a composable sampler, and keeps `ot=th:` in tracestate.
 * https://opentelemetry.io/docs/specs/otel/trace/sdk/#compositesampler
 */
export class CompositeSampler implements Sampler {
  readonly #root: Composable

  constructor(root: Composable) {
    this.#root = root
  }

  shouldSample(
    ctx: Context,
    traceId: string,
    _name: string,
    kind: SpanKind,
    attributes: Attributes,
    _links: Link[],
  ): SamplingResult {
    const parent = parentOf(ctx)
    const ot = readOt(parent?.traceState)
    const { threshold, reliable } = this.#root.intent({ parent, ot, kind, attributes })
    const sampled = threshold !== undefined && randomnessOf(traceId, ot) >= threshold
    const traceState = writeOt(parent?.traceState, ot, sampled && reliable ? threshold : undefined)
    const decision = sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD
    return traceState === undefined ? { decision } : { decision, traceState }
  }

  toString(): string {
    return String(this.#root)
  }
}

/** The composable samplers of the declarative schema's `composite/development`. */
export function createComposable(config: ComposableConfig): Composable {
  switch (config.type) {
    case 'always_on':
      return new Fixed(ALL, 'AlwaysOn')
    case 'always_off':
      return new Fixed(undefined, 'AlwaysOff')
    case 'probability':
      return new Fixed(thresholdOf(config.ratio), `Probability{${config.ratio}}`)
    case 'parent_threshold':
      return new ParentThreshold(createComposable(config.root))
    case 'rule_based':
      return new RuleBased(config.rules)
  }
}

/** The same for every span: always on, always off, a ratio. */
class Fixed implements Composable {
  readonly #intent: Intent
  readonly #name: string

  constructor(threshold: Threshold | undefined, name: string) {
    this.#intent = { threshold, reliable: threshold !== undefined }
    this.#name = name
  }

  intent(): Intent {
    return this.#intent
  }

  toString(): string {
    return this.#name
  }
}

const SAMPLED_BY_PARENT: Intent = { threshold: ALL, reliable: false }
const NOT_SAMPLED: Intent = { threshold: undefined, reliable: false }

/** As the parent: by its threshold where there is one, else by its sampled flag. */
class ParentThreshold implements Composable {
  readonly #root: Composable

  constructor(root: Composable) {
    this.#root = root
  }

  intent(asked: Asked): Intent {
    const { parent, ot } = asked
    if (!parent) return this.#root.intent(asked)
    const sampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0
    if (ot.threshold === undefined) return sampled ? SAMPLED_BY_PARENT : NOT_SAMPLED
    // A flag that says otherwise than the threshold: the flag is what other participants went by.
    const consistent = sampled === randomnessOf(parent.traceId, ot) >= ot.threshold
    if (!consistent) return sampled ? SAMPLED_BY_PARENT : NOT_SAMPLED
    return sampled ? { threshold: ot.threshold, reliable: true } : NOT_SAMPLED
  }

  toString(): string {
    return `ParentThreshold{root=${this.#root.toString()}}`
  }
}

class RuleBased implements Composable {
  readonly #rules: readonly { matches: (asked: Asked) => boolean; sampler: Composable }[]

  constructor(rules: readonly ComposableRule[]) {
    this.#rules = rules.map((rule) => ({
      matches: compileRule(rule),
      sampler: createComposable(rule.sampler),
    }))
  }

  intent(asked: Asked): Intent {
    for (const { matches, sampler } of this.#rules) if (matches(asked)) return sampler.intent(asked)
    return NOT_SAMPLED
  }

  toString(): string {
    return `RuleBased{${this.#rules.map(({ sampler }) => String(sampler)).join(', ')}}`
  }
}

function compileRule(rule: ComposableRule): (asked: Asked) => boolean {
  const { attributeValues, attributePatterns, parent } = rule
  const kinds = rule.spanKinds && kindNumbers(rule.spanKinds)
  const values = attributeValues && new Set(attributeValues.values)
  const included = attributePatterns?.included && compileGlobs(attributePatterns.included)
  const excluded = attributePatterns?.excluded && compileGlobs(attributePatterns.excluded)
  const patterned = (text: string): boolean => (included?.(text) ?? true) && !(excluded?.(text) ?? false)
  return (asked) =>
    (!kinds || kinds.has(asked.kind)) &&
    (!parent || parent.includes(origin(asked.parent))) &&
    (!values || someValue(asked.attributes[attributeValues!.key], (text) => values.has(text))) &&
    (!attributePatterns || someValue(asked.attributes[attributePatterns.key], patterned))
}

function origin(parent: SpanContext | undefined): 'none' | 'remote' | 'local' {
  if (!parent) return 'none'
  return parent.isRemote ? 'remote' : 'local'
}

/** Does `test` hold for the attribute's value as text, or for one of its items? */
export function someValue(value: Attributes[string], test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value)
  if (Array.isArray(value)) return value.some((item) => typeof item !== 'object' && test(String(item)))
  return (typeof value === 'number' || typeof value === 'boolean') && test(String(value))
}
