import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  type InstrumentationConfig,
} from '@opentelemetry/instrumentation'
import { SCOPE, VERSION } from '../version.ts'
import { KAFKAJS_VERSIONS, patchKafkaJs, unpatchKafkaJs, type KafkaJsOptions, type Means } from './patch.ts'

export interface KafkaJsInstrumentationConfig extends InstrumentationConfig, KafkaJsOptions {}

/** Traces kafkajs producers and consumers. Enabled at construction unless `enabled: false`. */
export class KafkaJsInstrumentation extends InstrumentationBase<KafkaJsInstrumentationConfig> {
  constructor(config: KafkaJsInstrumentationConfig = {}) {
    super(SCOPE, VERSION, config)
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    const means = (): Means | undefined =>
      this.isEnabled()
        ? {
            tracer: this.tracer,
            meter: this.meter,
            recordMessageKey: this.getConfig().recordMessageKey === true,
          }
        : undefined
    return new InstrumentationNodeModuleDefinition(
      'kafkajs',
      [KAFKAJS_VERSIONS],
      (exports: object) => patchKafkaJs(exports, means),
      (exports: object) => unpatchKafkaJs(exports),
    )
  }
}
