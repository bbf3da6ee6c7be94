import type * as ZipkinModule from '../exporters/zipkin.ts'
import { load } from '../lazy.ts'
import type { Options } from '../options/read.ts'
import type { Endpoints } from './protocol.ts'

/** Where each signal goes, as the export worker is told. */
export function endpointsOf(options: Options): Endpoints {
  if (!options.exporters.traces.includes('zipkin')) return options.endpoints
  const { zipkinEndpoint } = load('exporters/zipkin') as typeof ZipkinModule
  return { ...options.endpoints, zipkin: zipkinEndpoint(options) }
}
