import { createNoopMeter, type Attributes, type Meter, type MeterProvider } from '@opentelemetry/api'

/**
 * Counts what upstream's tracer and logger tell a meter about themselves: spans started and live, log records
 * made. Plain numbers, which self.ts shows when metrics are collected: no instrument is called for a span.
 */
export class Tally implements MeterProvider {
  /** By parent origin and sampling result. */
  readonly started: Map<string, Started> = new Map()
  /** By sampling result. */
  readonly live: Record<string, number> = { RECORD_AND_SAMPLE: 0, RECORD_ONLY: 0 }
  logRecords = 0

  getMeter(): Meter {
    const ignore = { add(): void {} }
    const counters: Record<string, Adder> = {
      'otel.sdk.span.started': { add: (_, attributes) => this.#start(attributes!) },
      'otel.sdk.span.live': {
        add: (value, attributes) => (this.live[attributes!['otel.span.sampling_result'] as string]! += value),
      },
      'otel.sdk.log.created': { add: (value) => (this.logRecords += value) },
    }
    const create = (name: string): Adder => counters[name] ?? ignore
    return Object.assign(Object.create(createNoopMeter()) as Meter, {
      createCounter: create,
      createUpDownCounter: create,
    })
  }

  #start(attributes: Attributes): void {
    const result = attributes['otel.span.sampling_result'] as string
    const key = result + (attributes['otel.span.parent.origin'] as string)
    const known = this.started.get(key)
    if (known) known.count++
    else this.started.set(key, { attributes, count: 1 })
  }
}

interface Started {
  readonly attributes: Attributes
  count: number
}

interface Adder {
  add(value: number, attributes?: Attributes): void
}
