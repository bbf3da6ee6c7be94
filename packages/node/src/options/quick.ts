import type { Env } from '@waybill/core/env'
import { INTEGRATIONS } from '../integrations/table.ts'
import type { IntegrationOptions } from './options.ts'
import { LOOKS_OURS } from './looks-ours.ts'
import { BY_VARIABLE, type Row } from './table.ts'

/** What is needed before the SDK is: all that a process which loads nothing to instrument ever asks. */
export interface EarlyOptions {
  readonly disabled: boolean
  readonly debug: boolean
  readonly integrations: IntegrationOptions
  /** Is there an exporter of metrics? */
  readonly metrics: boolean
}

/**
 * The early options, where every variable that is set is plainly right. Undefined where one is not, or cannot
 * be judged alone: then full.ts reads all, which costs every process a millisecond or two.
 */
export function readQuickly(env: Env): EarlyOptions | undefined {
  const set: Record<string, string> = {}
  for (const name of Object.keys(env)) {
    if (!LOOKS_OURS.test(name)) continue
    const text = env[name]?.trim()
    // The specification: an empty value is as if the variable were not set.
    if (!text) continue
    const row = BY_VARIABLE[name] ?? BY_VARIABLE[name.replace(SIGNAL, '_OTLP_')]
    if (row ? !isPlain(row, text, env) : !OPERATOR.test(name)) return undefined
    set[name] = text
  }
  return {
    disabled: set['OTEL_SDK_DISABLED'] === 'true' || set['WAYBILL_ENABLED'] === 'false',
    debug: ['debug', 'verbose', 'all'].includes(set['OTEL_LOG_LEVEL'] ?? ''),
    metrics: set['OTEL_METRICS_EXPORTER'] !== 'none',
    integrations: {
      enabled: set['OTEL_NODE_ENABLED_INSTRUMENTATIONS']?.split(','),
      disabled: set['OTEL_NODE_DISABLED_INSTRUMENTATIONS']?.split(',') ?? [],
      config: {},
    },
  }
}

/** Kubernetes operators set these for the values of others. */
const OPERATOR = /^OTEL_(?:(?:NODE|POD)_(?:IP|NAME|UID)|RESOURCE_ATTRIBUTES_\w+)$/

const SIGNAL = /_OTLP_(?:TRACES|METRICS|LOGS)_/

function isPlain(row: Row, text: string, env: Env): boolean {
  switch (row.kind) {
    case 'text':
      // The one text that is judged is the sampler's argument.
      return (
        !row.close ||
        (/^(?:0(?:\.\d+)?|1)$/.test(text) && env['OTEL_TRACES_SAMPLER']?.endsWith('traceidratio') === true)
      )
    case 'boolean':
      return text === 'true' || text === 'false'
    case 'choice':
      return row.allowed!.includes(text)
    case 'names':
      return text === 'none' || text.split(',').every((item) => row.allowed!.includes(item))
    case 'list':
      return (
        row.close !== true || text.split(',').every((item) => INTEGRATIONS.some(({ name }) => name === item))
      )
    case 'number':
      return (
        !row.close &&
        /^\d{1,9}$/.test(text) &&
        Number(text) >= (row.min ?? 0) &&
        Number(text) <= (row.max ?? 1e9)
      )
    case 'url':
      return /^https?:\/\/[a-z\d][\w.-]*(?::[1-5]?\d{1,4})?(?:\/[\w./-]*)?$/i.test(text) && URL.canParse(text)
    case 'pairs':
      return /^[\w.-]+=[\w.:/@ -]+(?:,[\w.-]+=[\w.:/@ -]+)*$/.test(text) && text.length < 512
    case 'path':
      return false
  }
}
