import type { Tracer as ApiTracer, TracerProvider as ApiTracerProvider } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { IdGenerator, Sampler, SpanProcessor } from '@opentelemetry/sdk-trace'
import { Ids } from './ids.ts'
import { limitsOf, type GivenLimits } from './limits.ts'
import type { SpanCounts } from './span-counts.ts'
import { Tracer, type TracerParts } from './tracer.ts'

export interface TracerProviderOptions {
  readonly resource: Resource
  readonly sampler: Sampler
  /** Called in this order. */
  readonly spanProcessors: readonly SpanProcessor[]
  readonly idGenerator?: IdGenerator
  readonly spanLimits?: GivenLimits
  /** Counts what is started. */
  readonly counts?: SpanCounts
}

/** In the place of upstream's provider, with tracers and spans that cost a request less. */
export class TracerProvider implements ApiTracerProvider {
  readonly #parts: Omit<TracerParts, 'scope'>
  readonly #tracers = new Map<string, Tracer>()

  constructor({
    resource,
    sampler,
    spanProcessors,
    idGenerator = new Ids(),
    spanLimits,
    counts,
  }: TracerProviderOptions) {
    const limits = limitsOf(spanLimits)
    this.#parts = { resource, sampler, processors: spanProcessors, ids: idGenerator, limits, counts }
  }

  getTracer(name: string, version?: string, { schemaUrl }: { schemaUrl?: string } = {}): ApiTracer {
    const key = `${name}@${version ?? ''}:${schemaUrl ?? ''}`
    let tracer = this.#tracers.get(key)
    if (!tracer) {
      const scope = {
        name,
        ...(version !== undefined && { version }),
        ...(schemaUrl !== undefined && { schemaUrl }),
      }
      this.#tracers.set(key, (tracer = new Tracer({ ...this.#parts, scope })))
    }
    return tracer
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#parts.processors.map((processor) => processor.forceFlush()))
  }

  async shutdown(): Promise<void> {
    await Promise.all(this.#parts.processors.map((processor) => processor.shutdown()))
  }
}
