// The OpenTelemetry part of the file. https://github.com/open-telemetry/opentelemetry-configuration
import type { Env } from '@waybill/core/env'
import type { ViewConfig } from '../options.ts'
import { mapExporter } from './exporters.ts'
import { mapResource } from './resource.ts'
import { mapSampler } from './samplers.ts'
import { join, type Settled, type Tree, type Walk } from './walk.ts'

/** A file with one of these says all about the SDK; one without leaves it to the environment. */
export const SDK_SECTIONS = [
  'attribute_limits',
  'logger_provider',
  'meter_provider',
  'propagator',
  'tracer_provider',
  'resource',
] as const

/** Each section becomes what the variables of the same meaning would say, and is checked as they are. */
export function mapModel(walk: Walk, model: Tree, settled: Settled, env: Env): void {
  walk.tree(model, '', [
    'file_format',
    'disabled',
    'log_level',
    'instrumentation/development',
    'distribution',
    ...SDK_SECTIONS,
  ])
  if (model['disabled'] === true) settled.disabled = true
  else if (model['disabled'] !== undefined && model['disabled'] !== null && model['disabled'] !== false) {
    walk.wrong('disabled', 'is neither true nor false', false, model['disabled'])
  }
  mapLogLevel(walk, model['log_level'])
  mapLimits(walk, model['attribute_limits'], 'attribute_limits', {
    attribute_count_limit: 'OTEL_ATTRIBUTE_COUNT_LIMIT',
    attribute_value_length_limit: 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  })
  if (!SDK_SECTIONS.some((section) => section in model)) return
  mapPropagator(walk, model['propagator'])
  mapResource(walk, model['resource'], settled, env)
  mapTracerProvider(walk, model['tracer_provider'], settled)
  mapMeterProvider(walk, model['meter_provider'], settled)
  mapLoggerProvider(walk, model['logger_provider'])
}

function mapLogLevel(walk: Walk, value: unknown): void {
  const level = typeof value === 'string' ? value.toLowerCase().replace(/[2-4]$/, '') : value
  walk.put('OTEL_LOG_LEVEL', level === 'fatal' ? 'error' : level === 'trace' ? 'verbose' : level, 'log_level')
}

/** Keys of a mapping, each with the variable of the same meaning. */
function mapLimits(
  walk: Walk,
  value: unknown,
  path: string,
  variables: Readonly<Record<string, string>>,
): void {
  const tree = walk.tree(value, path, Object.keys(variables))
  for (const [key, variable] of Object.entries(variables)) walk.put(variable, tree?.[key], join(path, key))
}

function mapPropagator(walk: Walk, value: unknown): void {
  const tree = walk.tree(value, 'propagator', ['composite', 'composite_list'])
  const names = walk.list(tree?.['composite'], 'propagator.composite').flatMap((item, index) => {
    return walk.one(item, `propagator.composite[${index}]`)?.[0] ?? []
  })
  const list = tree?.['composite_list']
  if (typeof list === 'string') names.push(...list.split(','))
  else if (list !== undefined && list !== null)
    walk.wrong('propagator.composite_list', 'is no text', 'nothing of it', list)
  if (names.length === 0) {
    walk.wrong(
      'propagator',
      'is not there: by the schema context is neither read nor sent then; propagator: { composite_list: "none" } says so',
      'none',
    )
  }
  walk.put('OTEL_PROPAGATORS', names.join(',') || 'none', 'propagator')
}

function mapTracerProvider(walk: Walk, value: unknown, settled: Settled): void {
  const path = 'tracer_provider'
  const tree = walk.tree(value, path, ['processors', 'limits', 'sampler', 'id_generator'])
  mapProcessors(walk, tree?.['processors'], path, 'traces')
  mapLimits(walk, tree?.['limits'], `${path}.limits`, {
    attribute_count_limit: 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
    attribute_value_length_limit: 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    event_count_limit: 'OTEL_SPAN_EVENT_COUNT_LIMIT',
    link_count_limit: 'OTEL_SPAN_LINK_COUNT_LIMIT',
    event_attribute_count_limit: 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    link_attribute_count_limit: 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
  })
  const sampler = tree?.['sampler'] ?? undefined
  if (sampler !== undefined) settled.sampler = mapSampler(walk, sampler, `${path}.sampler`)
  const generator = tree?.['id_generator'] ?? undefined
  const id = generator === undefined ? undefined : walk.one(generator, `${path}.id_generator`)
  if (id?.[0] === 'uuidv7' || id?.[0] === 'random') settled.traceIds = id[0]
  else if (id) walk.wrong(id[2], 'is unknown; known are random, uuidv7', 'random')
}

function mapLoggerProvider(walk: Walk, value: unknown): void {
  const tree = walk.tree(value, 'logger_provider', ['processors', 'limits'])
  mapProcessors(walk, tree?.['processors'], 'logger_provider', 'logs')
  mapLimits(walk, tree?.['limits'], 'logger_provider.limits', {
    attribute_count_limit: 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
    attribute_value_length_limit: 'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  })
}

/** `batch` and `simple`: what they hand to, and how. */
function mapProcessors(walk: Walk, value: unknown, provider: string, signal: 'traces' | 'logs'): void {
  const prefix = signal === 'traces' ? 'OTEL_BSP' : 'OTEL_BLRP'
  const exporters: string[] = []
  for (const [index, item] of walk.list(value, `${provider}.processors`).entries()) {
    const processor = walk.one(item, `${provider}.processors[${index}]`)
    if (!processor) continue
    const [name, content, path] = processor
    if (name !== 'batch' && name !== 'simple') {
      walk.wrong(path, 'is a processor that is not supported here', 'none')
      continue
    }
    const tree = walk.tree(content, path, ['exporter', ...(name === 'batch' ? BATCH_KEYS : [])])
    const exporter = mapExporter(walk, tree?.['exporter'], `${path}.exporter`, signal, exporters)
    if (exporter === undefined) continue
    exporters.push(exporter)
    if (exporter !== 'otlp') continue
    // Each record at once: the batch that leaves as soon as the app's code has had its turn.
    if (name === 'simple') walk.put(`${prefix}_SCHEDULE_DELAY`, 0, path)
    for (const key of BATCH_KEYS) walk.put(`${prefix}_${key.toUpperCase()}`, tree?.[key], join(path, key))
  }
  walk.put(`OTEL_${signal.toUpperCase()}_EXPORTER`, exporters.join(',') || 'none', `${provider}.processors`)
}

const BATCH_KEYS = ['schedule_delay', 'export_timeout', 'max_queue_size', 'max_export_batch_size']

function mapMeterProvider(walk: Walk, value: unknown, settled: Settled): void {
  const tree = walk.tree(value, 'meter_provider', ['readers', 'views', 'exemplar_filter'])
  const exporters: string[] = []
  for (const [index, item] of walk.list(tree?.['readers'], 'meter_provider.readers').entries()) {
    const reader = walk.one(item, `meter_provider.readers[${index}]`)
    if (!reader) continue
    const [name, content, path] = reader
    const isPull = name === 'pull'
    if (!isPull && name !== 'periodic') {
      walk.wrong(path, 'is a reader that is not supported here', 'none')
      continue
    }
    const one = walk.tree(content, path, isPull ? ['exporter'] : ['exporter', 'interval', 'timeout'])
    const exporter = mapExporter(walk, one?.['exporter'], `${path}.exporter`, 'metrics', exporters)
    if (exporter !== undefined) exporters.push(exporter)
    walk.put('OTEL_METRIC_EXPORT_INTERVAL', one?.['interval'], join(path, 'interval'))
    walk.put('OTEL_METRIC_EXPORT_TIMEOUT', one?.['timeout'], join(path, 'timeout'))
  }
  walk.put('OTEL_METRICS_EXPORTER', exporters.join(',') || 'none', 'meter_provider.readers')
  walk.put('OTEL_METRICS_EXEMPLAR_FILTER', tree?.['exemplar_filter'], 'meter_provider.exemplar_filter')
  const views = walk.list(tree?.['views'], 'meter_provider.views').flatMap((view, index) => {
    const path = `meter_provider.views[${index}]`
    const parts = walk.tree(view, path, ['selector', 'stream'])
    const selector = walk.tree(parts?.['selector'] ?? null, `${path}.selector`, SELECTOR_KEYS)
    const stream = walk.tree(parts?.['stream'] ?? null, `${path}.stream`, STREAM_KEYS)
    return parts && selector && stream ? ({ selector, stream } as ViewConfig) : []
  })
  settled.views = views
}

const SELECTOR_KEYS = [
  'instrument_name',
  'instrument_type',
  'unit',
  'meter_name',
  'meter_version',
  'meter_schema_url',
]
const STREAM_KEYS = ['name', 'description', 'aggregation', 'aggregation_cardinality_limit', 'attribute_keys']
