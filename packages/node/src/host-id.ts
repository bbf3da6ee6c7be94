import { hostDetector, type DetectedResourceAttributes } from '@opentelemetry/resources'

/** The machine's id where a file does not tell it. */
export function hostId(): DetectedResourceAttributes[string] {
  return hostDetector.detect().attributes?.['host.id']
}
