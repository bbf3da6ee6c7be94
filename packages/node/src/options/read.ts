import { readBoolean, readEnum, readList, readNumber, readString, type Env } from '@waybill/core/env'
import { report } from '@waybill/core/report'
import { readEndpoint, type Endpoint } from './endpoint.ts'

// Read in the preload of every process: imports nothing but Node's own modules and two small files.

export type Signal = 'traces' | 'metrics' | 'logs'
export type ExporterName = 'otlp' | 'console'

export interface Options {
  readonly disabled: boolean
  readonly debug: boolean
  readonly propagators: readonly Propagator[]
  readonly sampler: { readonly name: SamplerName; readonly ratio: number }
  /** Exporters and, where `otlp` is among them, the endpoint of each signal. An empty list: the signal is off. */
  readonly exporters: Record<Signal, readonly ExporterName[]>
  readonly endpoints: Partial<Record<Signal, Endpoint>>
  readonly spans: BatchOptions
  readonly logRecords: BatchOptions
  /** Milliseconds. */
  readonly metricInterval: number
  readonly resourceDetectors: readonly Detector[]
  readonly integrations: {
    readonly enabled: readonly string[] | undefined
    readonly disabled: readonly string[]
  }
  /** Longest time an ending process waits for its telemetry to be delivered, in milliseconds. */
  readonly exitTimeout: number
}

export interface BatchOptions {
  /** Milliseconds from the first record to the export. */
  readonly delay: number
  readonly batchSize: number
}

export type Propagator = 'tracecontext' | 'baggage'
export type SamplerName = (typeof SAMPLERS)[number]
export type Detector = (typeof DETECTORS)[number]

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
const PROPAGATORS = ['tracecontext', 'baggage'] as const
export const DETECTORS = ['env', 'host', 'os', 'process', 'serviceinstance'] as const

/** Read every setting; each one that cannot be read is said in one line on stderr, and its default is used. */
export function readOptions(env: Env = process.env): Options {
  const disabled = readBoolean(env, 'OTEL_SDK_DISABLED', false) || !readBoolean(env, 'WAYBILL_ENABLED', true)
  const exporters = {
    traces: readExporters(env, 'OTEL_TRACES_EXPORTER', ['otlp']),
    metrics: readExporters(env, 'OTEL_METRICS_EXPORTER', ['otlp']),
    logs: readExporters(env, 'OTEL_LOGS_EXPORTER', []),
  }
  const endpoints: Partial<Record<Signal, Endpoint>> = {}
  if (!disabled) {
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      if (exporters[signal].includes('otlp')) endpoints[signal] = readEndpoint(env, signal)
    }
  }
  return {
    disabled,
    debug: readString(env, 'OTEL_LOG_LEVEL')?.toLowerCase() === 'debug',
    propagators: readKnown(env, 'OTEL_PROPAGATORS', PROPAGATORS, [...PROPAGATORS]),
    sampler: readSampler(env),
    exporters,
    endpoints,
    spans: readBatch(env, 'OTEL_BSP', 5000),
    logRecords: readBatch(env, 'OTEL_BLRP', 1000),
    metricInterval: readNumber(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000, { min: 10 }),
    resourceDetectors: readDetectors(env),
    integrations: {
      enabled: readList(env, 'OTEL_NODE_ENABLED_INSTRUMENTATIONS'),
      disabled: readList(env, 'OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [],
    },
    exitTimeout: readNumber(env, 'WAYBILL_EXIT_TIMEOUT', 2000, { max: 60_000 }),
  }
}

/** One attribute of `OTEL_RESOURCE_ATTRIBUTES`. */
export function resourceAttribute(env: Env, name: string): string | undefined {
  for (const pair of readString(env, 'OTEL_RESOURCE_ATTRIBUTES')?.split(',') ?? []) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() !== name || value === undefined) continue
    try {
      return decodeURIComponent(value.trim()) || undefined
    } catch {
      return value.trim()
    }
  }
  return undefined
}

function readSampler(env: Env): Options['sampler'] {
  const name = readEnum(env, 'OTEL_TRACES_SAMPLER', SAMPLERS, 'parentbased_always_on')
  const ratio = name.endsWith('ratio')
    ? readNumber(env, 'OTEL_TRACES_SAMPLER_ARG', 1, { max: 1, integer: false })
    : 1
  return { name, ratio }
}

function readBatch(env: Env, prefix: 'OTEL_BSP' | 'OTEL_BLRP', delay: number): BatchOptions {
  return {
    delay: readNumber(env, `${prefix}_SCHEDULE_DELAY`, delay, { max: 600_000 }),
    batchSize: readNumber(env, `${prefix}_MAX_EXPORT_BATCH_SIZE`, 512, { min: 1, max: 65_536 }),
  }
}

function readExporters(env: Env, name: string, fallback: readonly ExporterName[]): readonly ExporterName[] {
  if (readString(env, name)?.toLowerCase() === 'none') return []
  return readKnown(env, name, ['otlp', 'console'], fallback)
}

function readDetectors(env: Env): readonly Detector[] {
  const name = 'OTEL_NODE_RESOURCE_DETECTORS'
  const text = readString(env, name)
  if (text === 'all') return DETECTORS
  return readKnown(env, name, DETECTORS, DETECTORS)
}

/** A list of known names, `none` for no name at all. Unknown ones are said and passed over. */
function readKnown<T extends string>(
  env: Env,
  name: string,
  known: readonly T[],
  fallback: readonly T[],
): readonly T[] {
  const list = readList(env, name)
  if (list === undefined) return fallback
  if (list.length === 1 && list[0] === 'none') return []
  const kept = list.filter((item): item is T => (known as readonly string[]).includes(item))
  const used = kept.length > 0 ? kept : fallback
  for (const item of list) {
    if ((known as readonly string[]).includes(item)) continue
    const message = `${name}: ${item.slice(0, 80)} is unknown here; known are ${known.join(', ')}, none. Used instead: ${used.join(', ') || 'none'}.`
    report('WAYBILL_BAD_VALUE', message)
  }
  return used
}
