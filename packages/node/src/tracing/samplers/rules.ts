import { SamplingDecision, SpanKind, type Attributes, type Context, type Link } from '@opentelemetry/api'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import type { RuleAction, RuleMatch, SamplingRule } from '../config.ts'
import { someValue } from './composite.ts'
import { compileGlobs, compileRoutes } from './glob.ts'
import { kindNumbers } from './kinds.ts'
import { parentOf } from './parent.ts'
import { ProbabilitySampler } from './probability.ts'
import { RateLimitSampler } from './rate-limit.ts'

/** Not wanted, whatever becomes of it: a rule said drop. Known by identity. */
export const DROPPED: SamplingResult = { decision: SamplingDecision.NOT_RECORD }

type Test = (name: string, kind: SpanKind, attributes: Attributes) => boolean

interface Rule {
  readonly matches: Test
  /** Undefined: drop. */
  readonly sampler: Sampler | undefined
}

/**
 * Rules for local roots: the first that matches decides where a trace begins, the others are not asked. A span
 * that continues another service's trace follows it, except that a rule to drop holds there too. Children in
 * this process follow their local root through `otherwise`, which must be parent-based for local parents.
 */
export class RuleSampler implements Sampler {
  readonly #rules: readonly Rule[]
  readonly #otherwise: Sampler

  /** @param service this process's `service.name` */
  constructor(rules: readonly SamplingRule[], otherwise: Sampler, service: string) {
    this.#otherwise = otherwise
    this.#rules = rules
      .filter((rule) => rule.service === undefined || compileGlobs(rule.service)(service))
      .map((rule) => ({ matches: compileMatch(rule), sampler: samplerOf(rule) }))
  }

  shouldSample(
    ctx: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const parent = parentOf(ctx)
    if (!parent || parent.isRemote) {
      for (const rule of this.#rules) {
        if (!rule.matches(name, kind, attributes)) continue
        if (!rule.sampler) return DROPPED
        if (!parent) return rule.sampler.shouldSample(ctx, traceId, name, kind, attributes, links)
        break
      }
    }
    return this.#otherwise.shouldSample(ctx, traceId, name, kind, attributes, links)
  }

  toString(): string {
    return `Rules{${this.#rules.length}, otherwise=${this.#otherwise.toString()}}`
  }
}

function samplerOf(action: RuleAction): Sampler | undefined {
  if ('drop' in action) return undefined
  return 'ratio' in action
    ? new ProbabilitySampler(action.ratio)
    : new RateLimitSampler(action.perSecond, action.burst)
}

function compileMatch({ route, name, kind, eventType, attributes }: RuleMatch): Test {
  const tests: Test[] = []
  if (kind !== undefined) {
    const kinds = kindNumbers(kind)
    tests.push((_, spanKind) => kinds.has(spanKind))
  }
  if (route !== undefined) {
    const ofRoute = compileRoutes(route)
    tests.push((_, spanKind, given) => spanKind === SpanKind.SERVER && routed(given, ofRoute))
  }
  if (name !== undefined) tests.push(compileGlobs(name))
  if (eventType !== undefined) {
    const ofEvent = compileGlobs(eventType)
    tests.push((_, __, given) => isEvent(given, ofEvent))
  }
  for (const [key, globs] of Object.entries(attributes ?? {})) {
    const ofValue = compileGlobs(globs)
    tests.push((_, __, given) => someValue(given[key], ofValue))
  }
  return (spanName, spanKind, given) => {
    for (const test of tests) if (!test(spanName, spanKind, given)) return false
    return true
  }
}

/** A router has not run yet where a request's span starts, so a route is looked for in the path. */
function routed(given: Attributes, test: (text: string) => boolean): boolean {
  const route = given['http.route']
  if (typeof route === 'string') return test(route)
  // `http.target` is what older conventions have, query and all.
  const target = given['url.path'] ?? given['http.target']
  if (typeof target !== 'string') return false
  const query = target.indexOf('?')
  return test(query < 0 ? target : target.slice(0, query))
}

/** `parcel`, `damaged` or `parcel.damaged` for a pipeline's event, and CloudEvents' type. */
function isEvent(given: Attributes, test: (text: string) => boolean): boolean {
  const { entity_type: entity, kind, 'cloudevents.event_type': cloudEvent } = given
  return (
    someValue(entity, test) ||
    someValue(kind, test) ||
    someValue(cloudEvent, test) ||
    (typeof entity === 'string' && typeof kind === 'string' && test(`${entity}.${kind}`))
  )
}
