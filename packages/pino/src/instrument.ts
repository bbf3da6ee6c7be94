import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  type InstrumentationConfig,
} from '@opentelemetry/instrumentation'
import {
  configureLines,
  NAME,
  patchPino,
  PINO_VERSIONS,
  setCorrelation,
  VERSION,
  type LineOptions,
} from './patch.ts'

export interface PinoInstrumentationConfig extends InstrumentationConfig, LineOptions {}

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
    return new InstrumentationNodeModuleDefinition('pino', [PINO_VERSIONS], patchPino)
  }

  // Not a #method: the base constructor calls enable() before those are there.
  private share(): void {
    configureLines(this.getConfig(), () => this.logger)
  }
}
