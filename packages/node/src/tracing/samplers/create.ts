import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, type Sampler } from '@opentelemetry/sdk-trace'
import type { SamplerConfig, SamplingConfig } from '../config.ts'
import { CompositeSampler, createComposable } from './composite.ts'
import { JaegerRemoteSampler } from './jaeger-remote.ts'
import { KeepSampler } from './keep.ts'
import { ProbabilitySampler } from './probability.ts'
import { RateLimitSampler } from './rate-limit.ts'
import { RuleSampler } from './rules.ts'

/**
 * The sampler of all that is configured: rules first, then the sampler; spans that neither wants are recorded
 * nevertheless where errors or slow ones are kept (the keep stage decides at their end).
 *
 * @param service this process's `service.name`
 */
export function createSampler(
  { sampler: config, rules = [], keep }: SamplingConfig,
  service: string,
): Sampler {
  let sampler = samplerOf(config, service)
  if (rules.length > 0) sampler = new RuleSampler(rules, followingLocalParents(config, sampler), service)
  return keep ? new KeepSampler(sampler) : sampler
}

function samplerOf(config: SamplerConfig, service: string): Sampler {
  switch (config.type) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'probability':
      return new ProbabilitySampler(config.ratio)
    case 'rate_limit':
      return new RateLimitSampler(config.perSecond, config.burst)
    case 'composite':
      return new CompositeSampler(createComposable(config.sampler))
    case 'jaeger_remote':
      return new JaegerRemoteSampler(
        config.endpoint,
        service,
        samplerOf(config.initial, service),
        config.interval,
      )
    case 'parent_based': {
      const of = (one: SamplerConfig | undefined): Sampler | undefined => one && samplerOf(one, service)
      const root = samplerOf(config.root, service)
      return new ParentBasedSampler({
        root,
        ...defined({
          remoteParentSampled: of(config.remoteParentSampled),
          remoteParentNotSampled: of(config.remoteParentNotSampled),
          localParentSampled: of(config.localParentSampled),
          localParentNotSampled: of(config.localParentNotSampled),
        }),
      })
    }
  }
}

/** Where rules decide for local roots, a sampler that asks no parent would pick children of what they dropped. */
function followingLocalParents(config: SamplerConfig, sampler: Sampler): Sampler {
  if (config.type === 'parent_based') return sampler
  return new ParentBasedSampler({
    root: sampler,
    remoteParentSampled: sampler,
    remoteParentNotSampled: sampler,
  })
}

function defined<T extends object>(given: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>
  }
}
