import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  type InstrumentationConfig,
} from '@opentelemetry/instrumentation'
import { guard } from '@waybill/core'
import { correlate, setCorrelation } from './correlate.ts'
import { LineFields, type FieldOptions } from './fields.ts'
import { lineSender } from './send.ts'
import { NAME, VERSION } from './version.ts'

export interface PinoInstrumentationConfig extends InstrumentationConfig, FieldOptions {
  /** Each line is an OpenTelemetry log record too. @default false */
  sendLogs?: boolean
}

/** Ids of trace and operation in the lines of every pino logger of the app; on request, lines as log records. */
export class PinoInstrumentation extends InstrumentationBase<PinoInstrumentationConfig> {
  constructor(config: PinoInstrumentationConfig = {}) {
    super(NAME, VERSION, config)
  }

  override setConfig(config: PinoInstrumentationConfig): void {
    super.setConfig(config)
    if (this._enabled) this.share()
  }

  override enable(): void {
    super.enable()
    this.share()
  }

  override disable(): void {
    super.disable()
    setCorrelation(undefined)
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('pino', ['>=7 <11'], (exports: PinoExports) => {
      const pino = typeof exports === 'function' ? exports : exports.default
      // An app may have put something else in its place.
      if (typeof pino === 'function') guard('pino', () => correlate(anyLogger(pino)), undefined)
      // As it was: the app sees the very function that pino exports.
      return exports
    })
  }

  // Not a #method: the base constructor calls enable() before those are there.
  private share(): void {
    const config = this.getConfig()
    const send = config.sendLogs ? lineSender(() => this.logger) : undefined
    setCorrelation({ fields: new LineFields(config), send })
  }
}

type MakeLogger = (options: object, destination: object) => object

/** What `require('pino')` gives, or the namespace of an import of it. */
type PinoExports = MakeLogger | { readonly default?: MakeLogger }

/** A logger that writes nothing and is thrown away: it leads to the prototype that all loggers share. */
function anyLogger(pino: MakeLogger): object {
  return pino({ level: 'silent' }, { write() {} })
}
