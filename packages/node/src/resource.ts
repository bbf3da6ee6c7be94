import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  type DetectedResource,
  type Resource,
} from '@opentelemetry/resources'
import type { Env } from '@waybill/core/env'
import { detectHost, detectOs, detectProcess } from './detectors.ts'
import { instanceId } from './instance.ts'
import type { Detector, Options } from './options/read.ts'
import { VERSION } from './version.ts'

const DETECTOR = {
  host: { detect: detectHost },
  os: { detect: detectOs },
  process: { detect: detectProcess },
  serviceinstance: { detect: () => ({ attributes: { 'service.instance.id': instanceId() } }) },
} as const

// Precedence from low to high: what a person wrote in `OTEL_RESOURCE_ATTRIBUTES` beats what was detected.
const ORDER: readonly Detector[] = ['serviceinstance', 'process', 'host', 'os', 'env']

/** To wait for before the first export: some attributes are read asynchronously. */
export function settled(resource: Resource): () => Promise<void> | undefined {
  return () => (resource.asyncAttributesPending ? resource.waitForAsyncAttributes?.() : undefined)
}

/**
 * The resource of every signal. https://opentelemetry.io/docs/specs/otel/resource/sdk/
 *
 * @param env where `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` are read
 * @param threadId of a thread of the app: its metrics are others than those of the main thread
 */
export function createResource(
  names: readonly Detector[],
  attributes: Options['resourceAttributes'] = {},
  { env = process.env, threadId }: { readonly env?: Env; readonly threadId?: number } = {},
): Resource {
  const detector = { ...DETECTOR, env: { detect: () => detectEnv(env) } }
  const detectors = ORDER.filter((name) => names.includes(name)).map((name) => detector[name])
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'telemetry.distro.name': '@waybill/node',
        'telemetry.distro.version': VERSION,
        ...(threadId !== undefined && { 'thread.id': threadId }),
      }),
    )
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes(attributes))
}

/** What makes two processes the same service: its name, or the program where it has none of its own. */
export function serviceOf({ attributes }: Resource): string {
  const name = attributes['service.name']
  if (typeof name === 'string' && !name.startsWith('unknown_service')) return name
  return `unknown_service ${process.argv[1] ?? ''}`
}

/** Upstream's detector reads `process.env`, and a Worker may have one of its own. */
function detectEnv(env: Env): DetectedResource {
  const own = process.env
  if (env === own) return envDetector.detect()
  process.env = env
  try {
    return envDetector.detect()
  } finally {
    process.env = own
  }
}
