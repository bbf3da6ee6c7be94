import {
  metrics,
  trace,
  ValueType,
  type MeterProvider,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { VERSION } from '../../version.ts'
import { settingsOf, type HttpConfig, type HttpSettings } from './config.ts'
import { DurationHistogram } from './duration.ts'

/** What the instrumentations of HTTP have in common. They patch no module, so OpenTelemetry's base class is not needed. */
export abstract class ChannelInstrumentation implements Instrumentation<HttpConfig> {
  readonly instrumentationName: string
  readonly instrumentationVersion: string = VERSION
  protected tracer: Tracer
  protected settings: HttpSettings
  #config: HttpConfig
  #stop: (() => void) | undefined

  constructor(name: string, config: HttpConfig) {
    this.instrumentationName = name
    this.#config = config
    this.settings = settingsOf(config)
    this.tracer = trace.getTracer(name, VERSION)
    this.setMeterProvider(metrics.getMeterProvider())
    if (config.enabled !== false) this.enable()
  }

  enable(): void {
    this.#stop ??= this.listen()
  }

  disable(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  setTracerProvider(provider: TracerProvider): void {
    this.tracer = provider.getTracer(this.instrumentationName, VERSION)
  }

  abstract setMeterProvider(provider: MeterProvider): void

  setConfig(config: HttpConfig): void {
    this.#config = config
    this.settings = settingsOf(config)
  }

  getConfig(): HttpConfig {
    return this.#config
  }

  /** Begin to listen. Called by the constructor. @returns ends it */
  protected abstract listen(): () => void
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
export function durationHistogram(
  provider: MeterProvider,
  scope: string,
  side: 'server' | 'client',
): DurationHistogram {
  const histogram = provider.getMeter(scope, VERSION).createHistogram(`http.${side}.request.duration`, {
    description: `Duration of HTTP ${side} requests.`,
    unit: 's',
    valueType: ValueType.DOUBLE,
    advice: {
      explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    },
  })
  return new DurationHistogram(histogram)
}
