import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, type Sampler } from '@opentelemetry/sdk-trace'
import { load } from '../lazy.ts'
import type { SamplerConfig, SamplingConfig } from './config.ts'
import { ProbabilitySampler } from './samplers/probability.ts'
import type * as SamplingModule from './sampling.ts'

/**
 * The sampler of all that is configured. What most processes use is here; the rest is read where it is asked for.
 *
 * @param service this process's `service.name`
 */
export function createSampler(config: SamplingConfig, service: string): Sampler {
  const plain = config.rules?.length || config.keep ? undefined : plainSampler(config.sampler)
  return plain ?? (load('tracing/sampling') as typeof SamplingModule).createSampler(config, service)
}

/** https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling */
function plainSampler(config: SamplerConfig): Sampler | undefined {
  switch (config.type) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'probability':
      return new ProbabilitySampler(config.ratio)
    case 'parent_based': {
      // With the root alone: whoever gives more, gives four.
      const root = Object.keys(config).length === 2 ? plainSampler(config.root) : undefined
      return root && new ParentBasedSampler({ root })
    }
    default:
      return undefined
  }
}
