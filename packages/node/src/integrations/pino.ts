import type { InstrumentationConfig } from '@opentelemetry/instrumentation'
import {
  configureLines,
  NAME,
  patchPino,
  PINO_VERSIONS,
  setCorrelation,
  VERSION,
  type LineOptions,
} from '@waybill/pino/patch'
import type { Options } from '../options/options.ts'
import { resourceAttribute } from '../options/resource-attribute.ts'
import type { LibraryPatch } from './library-patch.ts'

/** Ids of trace and operation in the lines of every logger of the app; on request, lines as log records. */
export const pino: LibraryPatch<InstrumentationConfig & LineOptions> = {
  name: 'pino',
  scope: [NAME, VERSION],
  module: 'pino',
  versions: PINO_VERSIONS,
  patch: patchPino,
  configure: (options, telemetry) => configureLines(options, () => telemetry.logger),
  disable: () => setCorrelation(undefined),
}

/** What the options of the process say of its lines. */
export function linesOf(options: Options): LineOptions {
  const { env } = process
  const service = options.serviceName
  const environment =
    options.resourceAttributes['deployment.environment.name'] ??
    resourceAttribute(env, 'deployment.environment.name') ??
    resourceAttribute(env, 'deployment.environment')
  return {
    sendLogs: options.exporters.logs.length > 0,
    staticFields: {
      ...(service !== undefined && { service }),
      ...(environment !== undefined && { environment: String(environment) }),
    },
  }
}
