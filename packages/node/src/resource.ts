import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  type Resource,
} from '@opentelemetry/resources'
import type { Detector } from './options/read.ts'
import { VERSION } from './version.ts'

const DETECTOR = {
  env: envDetector,
  host: hostDetector,
  os: osDetector,
  process: processDetector,
  serviceinstance: serviceInstanceIdDetector,
} as const

// Precedence from low to high: what a person wrote in `OTEL_RESOURCE_ATTRIBUTES` beats what was detected.
const ORDER: readonly Detector[] = ['serviceinstance', 'process', 'host', 'os', 'env']

/** To wait for before the first export: some attributes are read asynchronously. */
export function settled(resource: Resource): () => Promise<void> | undefined {
  return () => (resource.asyncAttributesPending ? resource.waitForAsyncAttributes?.() : undefined)
}

/** The resource of every signal. https://opentelemetry.io/docs/specs/otel/resource/sdk/ */
export function createResource(names: readonly Detector[]): Resource {
  const detectors = ORDER.filter((name) => names.includes(name)).map((name) => DETECTOR[name])
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'telemetry.distro.name': '@waybill/node',
        'telemetry.distro.version': VERSION,
      }),
    )
    .merge(detectResources({ detectors }))
}
