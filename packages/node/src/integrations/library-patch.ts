import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import {
  logs,
  metrics,
  trace,
  type Logger,
  type LoggerProvider,
  type Meter,
  type MeterProvider,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api'
import type { Instrumentation, InstrumentationConfig } from '@opentelemetry/instrumentation'
import { report, say } from '@waybill/core'
import { VERSION } from '../version.ts'
import { hookLibrary } from './library-hooks.ts'
import { isInRange } from './version-range.ts'

/** How a library is patched, where one place of it is enough. */
export interface LibraryPatch<Config extends InstrumentationConfig = InstrumentationConfig> {
  /** Of the integration. */
  readonly name: string
  /** Name and version of what makes the telemetry. @default `@waybill/node/<name>`, and of this package */
  readonly scope?: readonly [name: string, version: string]
  /** The package. */
  readonly module: string
  /** The file inside it whose exports are patched: `lib/request.js`. @default its main file */
  readonly file?: string
  /** See isInRange(). */
  readonly versions: string
  /**
   * @param exports what `require` gives, or the namespace of an `import`: of one copy of a library there may be both
   * @returns what the app gets in their place
   */
  patch(exports: unknown, telemetry: Telemetry): unknown
  /** Called before the first patch, and with each other configuration. */
  configure?(config: Config, telemetry: Telemetry): void
  /** Undoes configure(). */
  disable?(): void
}

/** Made when it is first asked for. */
export interface Telemetry {
  readonly tracer: Tracer
  readonly meter: Meter
  readonly logger: Logger
}

/**
 * The instrumentation that a patch makes. It has no part of upstream's base class: reading that, and what it makes
 * of itself whether it is used or not, is a good part of what a small service takes to start.
 */
export class PatchInstrumentation<Config extends InstrumentationConfig>
  implements Instrumentation<Config>, Telemetry
{
  readonly instrumentationName: string
  readonly instrumentationVersion: string
  readonly #patch: LibraryPatch<Config>
  readonly #debug: boolean
  #config: Config
  #enabled = false
  #hooked = false
  /** What was loaded while it was disabled. */
  readonly #missed: (() => void)[] = []
  /** Folders of the library in versions that are not patched. */
  readonly #told = new Set<string>()
  #tracer: Tracer | undefined
  #meter: Meter | undefined
  #logger: Logger | undefined

  /** @param debug name versions of the library that are not patched, in one line each */
  constructor(patch: LibraryPatch<Config>, config: Config, debug = false) {
    ;[this.instrumentationName, this.instrumentationVersion] = patch.scope ?? [
      `@waybill/node/${patch.name}`,
      VERSION,
    ]
    this.#patch = patch
    this.#debug = debug
    this.#config = { enabled: true, ...config }
    if (this.#config.enabled) this.enable()
  }

  enable(): void {
    if (this.#enabled) return
    this.#enabled = true
    this.#patch.configure?.(this.#config, this)
    if (!this.#hooked) {
      this.#hooked = true
      hookLibrary(this.#patch.module, (exports, name, folder) => this.#loaded(exports, name, folder))
    }
    for (const patch of this.#missed.splice(0)) patch()
  }

  disable(): void {
    if (!this.#enabled) return
    this.#enabled = false
    this.#patch.disable?.()
  }

  setConfig(config: Config): void {
    this.#config = { enabled: true, ...config }
    if (this.#enabled) this.#patch.configure?.(this.#config, this)
  }

  getConfig(): Config {
    return this.#config
  }

  get tracer(): Tracer {
    return (this.#tracer ??= trace.getTracer(this.instrumentationName, this.instrumentationVersion))
  }

  setTracerProvider(provider: TracerProvider): void {
    this.#tracer = provider.getTracer(this.instrumentationName, this.instrumentationVersion)
  }

  get meter(): Meter {
    return (this.#meter ??= metrics.getMeter(this.instrumentationName, this.instrumentationVersion))
  }

  setMeterProvider(provider: MeterProvider): void {
    this.#meter = provider.getMeter(this.instrumentationName, this.instrumentationVersion)
  }

  get logger(): Logger {
    return (this.#logger ??= logs.getLogger(this.instrumentationName, this.instrumentationVersion))
  }

  setLoggerProvider(provider: LoggerProvider): void {
    this.#logger = provider.getLogger(this.instrumentationName, this.instrumentationVersion)
  }

  #loaded(exports: unknown, loaded: string, folder: string | undefined): unknown {
    const { module, file, versions } = this.#patch
    const name = loaded.replaceAll(sep, '/')
    const isTarget = name === (file === undefined ? module : `${module}/${file}`)
    if (!isTarget && name !== module) return exports
    if (folder !== undefined) {
      const version = versionIn(folder)
      if (!isInRange(version, versions)) {
        this.#tellVersion(version, folder)
        return exports
      }
    }
    return isTarget ? this.#apply(exports) : exports
  }

  #apply(exports: unknown): unknown {
    if (!this.#enabled) {
      this.#missed.push(() => this.#apply(exports))
      return exports
    }
    try {
      return this.#patch.patch(exports, this)
    } catch (error) {
      const { name } = this.#patch
      const message = `the instrumentation ${name} cannot patch its library: ${(error as Error).message}. It is not traced.`
      report('WAYBILL_INTEGRATION_FAILED', message, name)
      return exports
    }
  }

  #tellVersion(version: string | undefined, folder: string): void {
    if (!this.#debug || this.#told.has(folder)) return
    this.#told.add(folder)
    const { module, versions } = this.#patch
    say(`debug: ${module} ${version ?? ''} is not traced: supported is ${versions}.`)
  }
}

/** Of the package in this folder; undefined where its manifest does not say. */
function versionIn(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version?: unknown
    }
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}
