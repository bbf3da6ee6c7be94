import type { Attributes } from '@opentelemetry/api'
import type { RedactionConfig } from '../../src/tracing/config.ts'
import { Redaction } from '../../src/tracing/redact/redact.ts'

/** What is left of the attributes of a log record. */
export function attributes(given: Attributes, config?: RedactionConfig): Attributes {
  const record = { attributes: { ...given } }
  new Redaction(config).redactLog(record)
  return record.attributes
}

export const text = (value: string, config?: RedactionConfig): unknown =>
  attributes({ value }, config)['value']
