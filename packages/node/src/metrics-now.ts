// A collection that does not wait, for the `exit` event: upstream's own awaits promises, which settle no more there.
import { diag, type Attributes, type Observable } from '@opentelemetry/api'
import { millisToHrTime, type InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { MetricData, MetricProducer, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'

type Time = [number, number]

/** What upstream's collector holds, as far as this needs it. */
interface Collector extends MetricProducer {
  readonly _sharedState: {
    readonly resource: Resource
    readonly meterSharedStates: ReadonlyMap<string, MeterState>
  }
}

interface MeterState {
  readonly _instrumentationScope: InstrumentationScope
  readonly metricStorageRegistry: { getStorages(collector: MetricProducer): Storage[] }
  readonly observableRegistry: {
    readonly _callbacks: readonly { readonly callback: Callback; readonly instrument: Instrument }[]
    readonly _batchCallbacks: readonly {
      readonly callback: Callback
      readonly instruments: ReadonlySet<Instrument>
    }[]
  }
}

interface Storage {
  collect(collector: MetricProducer, time: Time): MetricData | undefined
}

interface Instrument extends Observable {
  readonly _descriptor: { readonly valueType: number }
  readonly _metricStorages: readonly { record(observed: Observed, time: Time): void }[]
}

type Callback = (result: object) => unknown

/** Counters, histograms, and what observable instruments tell without waiting; undefined where that is nothing. */
export function collectNow(producer: MetricProducer): ResourceMetrics | undefined {
  const collector = producer as Collector
  const { resource, meterSharedStates } = collector._sharedState
  const time = millisToHrTime(Date.now())
  const scopeMetrics: ScopeMetrics[] = []
  for (const meter of meterSharedStates.values()) {
    observeNow(meter, time)
    const metrics: MetricData[] = []
    for (const storage of meter.metricStorageRegistry.getStorages(collector)) {
      const metric = storage.collect(collector, time)
      if (metric && metric.dataPoints.length > 0) metrics.push(metric)
    }
    if (metrics.length > 0) scopeMetrics.push({ scope: meter._instrumentationScope, metrics })
  }
  return scopeMetrics.length > 0 ? { resource, scopeMetrics } : undefined
}

function observeNow({ observableRegistry }: MeterState, time: Time): void {
  for (const { callback, instrument } of observableRegistry._callbacks) {
    const observed = new Observed(instrument)
    call(callback, observed)
    record(instrument, observed, time)
  }
  for (const { callback, instruments } of observableRegistry._batchCallbacks) {
    const all = new Map<Instrument, Observed>()
    for (const instrument of instruments) all.set(instrument, new Observed(instrument))
    const observe = (instrument: Instrument, value: number, attributes?: Attributes): void =>
      all.get(instrument)?.observe(value, attributes)
    call(callback, { observe })
    for (const [instrument, observed] of all) record(instrument, observed, time)
  }
}

/** It is the app's: an error of its own is treated as upstream's collection does. */
function call(callback: Callback, result: object): void {
  try {
    const promise = callback(result)
    if (promise instanceof Promise) promise.catch(failed)
  } catch (error) {
    failed(error)
  }
}

function failed(error: unknown): void {
  diag.error('the callback of an observable instrument failed', error)
}

function record({ _metricStorages: storages }: Instrument, observed: Observed, time: Time): void {
  if (observed.size > 0) for (const storage of storages) storage.record(observed, time)
}

/** In the place of upstream's map from attributes to values. */
class Observed {
  readonly #isInt: boolean
  readonly #entries: [Attributes, number][] = []

  constructor({ _descriptor: { valueType } }: Instrument) {
    this.#isInt = valueType === 0
  }

  get size(): number {
    return this.#entries.length
  }

  observe(value: number, attributes: Attributes = {}): void {
    if (typeof value !== 'number') return
    const kept = this.#isInt ? Math.trunc(value) : value
    if (!this.#isInt || Number.isInteger(kept)) this.#entries.push([attributes, kept])
  }

  entries(): [Attributes, number][] {
    return this.#entries
  }
}
