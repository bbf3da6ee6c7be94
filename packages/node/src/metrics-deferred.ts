import type {
  BatchObservableCallback,
  BatchObservableResult,
  Context,
  Meter,
  MeterOptions,
  MeterProvider,
  MetricAttributes,
  MetricOptions,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api'

/** More recordings than these do not wait. */
const MAX_WAITING = 1000

/**
 * A meter provider whose SDK is read later: what is recorded meanwhile waits for it. The metrics SDK is a third
 * of what a process with telemetry would read before its first request, and its first export is seconds away.
 */
export class DeferredMeterProvider implements MeterProvider {
  readonly #load: () => MeterProvider
  #real: MeterProvider | undefined
  #waiting: ((real: MeterProvider) => void)[] = []
  #used = false

  /** @param load reads the SDK and makes its provider; called once */
  constructor(load: () => MeterProvider) {
    this.#load = load
  }

  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    return this.#real?.getMeter(name, version, options) ?? new DeferredMeter(this, name, version, options)
  }

  /** Is there anything that an export would show? */
  get used(): boolean {
    return this.#used
  }

  connect(): MeterProvider {
    if (this.#real) return this.#real
    this.#real = this.#load()
    for (const step of this.#waiting) step(this.#real)
    this.#waiting = []
    return this.#real
  }

  /** Do it now when the SDK is there, else when it comes, in the order of the calls. */
  later(step: (real: MeterProvider) => void, isUse: boolean): void {
    if (this.#real) return step(this.#real)
    this.#used ||= isUse
    if (this.#waiting.push(step) > MAX_WAITING) this.connect()
  }
}

class DeferredMeter implements Meter {
  readonly #provider: DeferredMeterProvider
  readonly #name: string
  readonly #version: string | undefined
  readonly #options: MeterOptions | undefined
  #real: Meter | undefined

  constructor(provider: DeferredMeterProvider, name: string, version?: string, options?: MeterOptions) {
    this.#provider = provider
    this.#name = name
    this.#version = version
    this.#options = options
  }

  createCounter = (name: string, options?: MetricOptions): Deferred =>
    this.#make('createCounter', name, options)
  createUpDownCounter = (name: string, options?: MetricOptions): Deferred =>
    this.#make('createUpDownCounter', name, options)
  createHistogram = (name: string, options?: MetricOptions): Deferred =>
    this.#make('createHistogram', name, options)
  createGauge = (name: string, options?: MetricOptions): Deferred => this.#make('createGauge', name, options)
  createObservableCounter = (name: string, options?: MetricOptions): Deferred =>
    this.#make('createObservableCounter', name, options)
  createObservableUpDownCounter = (name: string, options?: MetricOptions): Deferred =>
    this.#make('createObservableUpDownCounter', name, options)
  createObservableGauge = (name: string, options?: MetricOptions): Deferred =>
    this.#make('createObservableGauge', name, options)

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    const kept = forReal(callback)
    this.#provider.later(
      (provider) => this.#meter(provider).addBatchObservableCallback(kept, observables.map(realOf)),
      true,
    )
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    const kept = forReal(callback)
    this.#provider.later(
      (provider) => this.#meter(provider).removeBatchObservableCallback(kept, observables.map(realOf)),
      false,
    )
  }

  #make(kind: Kind, name: string, options: MetricOptions | undefined): Deferred {
    return new Deferred(
      this.#provider,
      (provider) => this.#meter(provider)[kind](name, options) as Instrument,
    )
  }

  #meter(provider: MeterProvider): Meter {
    return (this.#real ??= provider.getMeter(this.#name, this.#version, this.#options))
  }
}

type Kind = Exclude<keyof Meter, 'addBatchObservableCallback' | 'removeBatchObservableCallback'>

interface Instrument extends Observable {
  add(value: number, attributes?: MetricAttributes, ctx?: Context): void
  record(value: number, attributes?: MetricAttributes, ctx?: Context): void
}

/** An instrument of any kind: the SDK's own has the methods of its kind. */
class Deferred implements Instrument {
  readonly #provider: DeferredMeterProvider
  real: Instrument | undefined

  constructor(provider: DeferredMeterProvider, make: (provider: MeterProvider) => Instrument) {
    this.#provider = provider
    provider.later((real) => (this.real = make(real)), false)
  }

  add(value: number, attributes?: MetricAttributes, ctx?: Context): void {
    if (this.real) return this.real.add(value, attributes, ctx)
    // The caller may use its object again.
    const kept = attributes && { ...attributes }
    this.#provider.later(() => this.real?.add(value, kept, ctx), true)
  }

  record(value: number, attributes?: MetricAttributes, ctx?: Context): void {
    if (this.real) return this.real.record(value, attributes, ctx)
    const kept = attributes && { ...attributes }
    this.#provider.later(() => this.real?.record(value, kept, ctx), true)
  }

  addCallback(callback: ObservableCallback): void {
    this.#provider.later(() => this.real?.addCallback(callback), true)
  }

  removeCallback(callback: ObservableCallback): void {
    this.#provider.later(() => this.real?.removeCallback(callback), false)
  }
}

const reals = new WeakMap<BatchObservableCallback, BatchObservableCallback>()

/** The callback names the instruments that the app was given: the SDK takes no notice but of its own. */
function forReal(callback: BatchObservableCallback): BatchObservableCallback {
  let real = reals.get(callback)
  if (!real) {
    real = (result) =>
      callback({
        observe: (metric, value, attributes) => result.observe(realOf(metric), value, attributes),
      } as BatchObservableResult)
    reals.set(callback, real)
  }
  return real
}

function realOf(observable: Observable): Observable {
  return observable instanceof Deferred && observable.real ? observable.real : observable
}
