import type { InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation'
import {
  KnexInstrumentation as Upstream,
  type KnexInstrumentationConfig,
} from '@opentelemetry/instrumentation-knex'

interface Config extends KnexInstrumentationConfig {
  /** Names of drivers that have an instrumentation of their own. */
  readonly tracedDrivers?: readonly string[]
}
type Query = ((this: Runner, ...args: unknown[]) => unknown) & { readonly __original?: Query }
interface Runner {
  readonly client?: { readonly driverName?: string }
}

/** A span for each query of a driver that is not traced itself: there would be two for the same query. */
export class KnexInstrumentation extends Upstream {
  readonly #traced: ReadonlySet<string>

  constructor({ tracedDrivers = [], ...config }: Config = {}) {
    super(config)
    this.#traced = new Set(tracedDrivers)
  }

  override init(): InstrumentationNodeModuleDefinition {
    const definition = super.init()
    for (const file of definition.files) {
      if (!file.name.endsWith('runner.js')) continue
      const patch = file.patch.bind(file)
      file.patch = (exports: { prototype: { query: Query } }, version) => {
        const patched = patch(exports, version) as typeof exports
        this.#once(patched.prototype)
        return patched
      }
    }
    return definition
  }

  #once(prototype: { query: Query }): void {
    const traced = prototype.query
    const plain = traced.__original
    if (!plain) return
    const drivers = (): ReadonlySet<string> => this.#traced
    prototype.query = function query(...args) {
      const driver = this.client?.driverName
      return (driver !== undefined && drivers().has(driver) ? plain : traced).apply(this, args)
    }
  }
}
