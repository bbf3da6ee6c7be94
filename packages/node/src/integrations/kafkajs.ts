import type { InstrumentationConfig } from '@opentelemetry/instrumentation'
import {
  KAFKAJS_VERSIONS,
  patchKafkaJs,
  SCOPE,
  VERSION,
  type KafkaJsOptions,
  type Means,
} from '@waybill/kafka/patch'
import type { LibraryPatch } from './library-patch.ts'

/** Undefined while it is disabled. */
let means: (() => Means) | undefined

/** Spans and metrics of kafkajs producers and consumers. */
export const kafkajs: LibraryPatch<InstrumentationConfig & KafkaJsOptions> = {
  name: 'kafkajs',
  scope: [SCOPE, VERSION],
  module: 'kafkajs',
  versions: KAFKAJS_VERSIONS,
  patch: (exports: object) => patchKafkaJs(exports, () => means?.()),
  configure({ recordMessageKey }, telemetry) {
    const more = recordMessageKey === true
    means = () => ({ tracer: telemetry.tracer, meter: telemetry.meter, recordMessageKey: more })
  },
  disable() {
    means = undefined
  },
}
