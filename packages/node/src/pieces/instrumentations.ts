import type { LoggerProvider, MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { serveApiCopy } from '../api-copies.ts'
import { reportConflicts } from '../conflicts.ts'
import type * as BootModule from '../boot.ts'
import type { FirstListener } from '../integrations/first-request.ts'
import { selectIntegrations } from '../integrations/select.ts'
import type { Integration } from '../integrations/table.ts'
import { watchLibraries } from '../integrations/watch.ts'
import { load } from '../lazy.ts'
import type { Options } from '../options/read.ts'
import { VERSION } from '../version.ts'
import type { InstrumentationPiece } from './types.ts'

/** A process of this age, in milliseconds, has metrics of its own even when it loads nothing to instrument. */
const LONG_LIVED = 1000

type Activate = (integration: Integration) => Instrumentation | undefined

/**
 * The integrations that the options ask for, each as an instrumentation that is there before its library is. The
 * first one that is enabled installs the hooks that wait for the libraries.
 */
export function createInstrumentations(options: Options): InstrumentationPiece[] {
  const selection = selectIntegrations(options.integrations)
  const { byModule, ofProcess } = selection
  const files = new Set<string>()
  const activate: Activate = (integration) => {
    const boot = load('boot') as typeof BootModule
    return boot.activate(integration, options, files)
  }
  let watching = false
  const watch = (): void => {
    if (watching) return
    watching = true
    // NodeSDK reads grpc-js itself, before it enables anything: that says nothing of the app.
    reportConflicts(process.env, { has: (module) => module !== '@grpc/grpc-js' && byModule.has(module) })
    const use = (integrations: readonly Integration[]): FirstListener[] =>
      integrations.flatMap((integration) => (pieces.get(integration)?.libraryLoads() as FirstListener) ?? [])
    const quietly = watchLibraries(selection, { use, apiFound: serveApiCopy, files })
    setTimeout(() => quietly(() => void use(ofProcess)), LONG_LIVED).unref()
  }
  const all = new Set([...byModule.values(), ofProcess].flat())
  const pieces = new Map(
    [...all].map((integration) => [integration, new Waiting(integration, activate, watch)]),
  )
  return [...pieces.values()]
}

/** Stands for an instrumentation until its library is loaded; then hands on what it was told. */
class Waiting implements InstrumentationPiece {
  readonly instrumentationName: string
  readonly instrumentationVersion: string = VERSION
  readonly #integration: Integration
  readonly #activate: Activate
  readonly #watch: () => void
  #enabled = false
  #loaded = false
  #real: Instrumentation | undefined
  #config: { enabled?: boolean } = {}
  #tracers: TracerProvider | undefined
  #meters: MeterProvider | undefined
  #loggers: LoggerProvider | undefined

  constructor(integration: Integration, activate: Activate, watch: () => void) {
    this.instrumentationName = `@waybill/node/${integration.name}`
    this.#integration = integration
    this.#activate = activate
    this.#watch = watch
  }

  enable(): void {
    this.#enabled = true
    this.#watch()
    if (this.#loaded) this.#start()
  }

  disable(): void {
    this.#enabled = false
    this.#real?.disable()
  }

  /** @returns the instrumentation where this is what started it */
  libraryLoads(): Instrumentation | undefined {
    this.#loaded = true
    return this.#enabled && !this.#real ? this.#start() : undefined
  }

  setTracerProvider(provider: TracerProvider): void {
    this.#tracers = provider
    this.#real?.setTracerProvider(provider)
  }

  setMeterProvider(provider: MeterProvider): void {
    this.#meters = provider
    this.#real?.setMeterProvider(provider)
  }

  setLoggerProvider(provider: LoggerProvider): void {
    this.#loggers = provider
    this.#real?.setLoggerProvider?.(provider)
  }

  setConfig(config: { enabled?: boolean }): void {
    this.#config = config
    this.#real?.setConfig({ ...this.#real.getConfig(), ...config })
  }

  getConfig(): { enabled?: boolean } {
    return this.#real?.getConfig() ?? this.#config
  }

  #start(): Instrumentation | undefined {
    if (this.#real) {
      this.#real.enable()
      return this.#real
    }
    const real = (this.#real = this.#activate(this.#integration))
    if (!real) return undefined
    if (Object.keys(this.#config).length > 0) real.setConfig({ ...real.getConfig(), ...this.#config })
    if (this.#tracers) real.setTracerProvider(this.#tracers)
    if (this.#meters) real.setMeterProvider(this.#meters)
    if (this.#loggers) real.setLoggerProvider?.(this.#loggers)
    return real
  }
}
