import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  type AggregationOption,
  type AggregationSelector,
  type AggregationTemporalitySelector,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { report } from '@waybill/core'
import { defined } from './options/defined.ts'
import type { AggregationConfig, MetricOptions, ViewConfig } from './options/options.ts'

const { CUMULATIVE, DELTA } = AggregationTemporality
const { HISTOGRAM, OBSERVABLE_COUNTER, UP_DOWN_COUNTER, OBSERVABLE_UP_DOWN_COUNTER } = InstrumentType

/** https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration */
export function temporalitySelector({ temporality }: MetricOptions): AggregationTemporalitySelector {
  if (temporality === 'cumulative') return () => CUMULATIVE
  const cumulative: InstrumentType[] = [UP_DOWN_COUNTER, OBSERVABLE_UP_DOWN_COUNTER]
  if (temporality === 'lowmemory') cumulative.push(OBSERVABLE_COUNTER)
  return (type) => (cumulative.includes(type) ? CUMULATIVE : DELTA)
}

export function aggregationSelector({ histogram }: MetricOptions): AggregationSelector {
  const type =
    histogram === 'base2_exponential_bucket_histogram'
      ? AggregationType.EXPONENTIAL_HISTOGRAM
      : AggregationType.DEFAULT
  return (instrument) => ({ type: instrument === HISTOGRAM ? type : AggregationType.DEFAULT })
}

/** The views of the configuration file. What the SDK cannot do is said, and that view is left out. */
export function viewsOf({ views }: MetricOptions): ViewOptions[] {
  return views.flatMap((view, index) => {
    try {
      return [viewOf(view)]
    } catch (error) {
      const message = `meter_provider.views[${index}] of the configuration file: ${(error as Error).message}. The view is left out.`
      report('WAYBILL_BAD_FILE', message)
      return []
    }
  })
}

function viewOf({ selector, stream }: ViewConfig): ViewOptions {
  const keys = stream.attribute_keys
  const processors = []
  if (keys?.included?.length) processors.push(createAllowListAttributesProcessor(literal(keys.included)))
  if (keys?.excluded?.length) processors.push(createDenyListAttributesProcessor(literal(keys.excluded)))
  return defined({
    instrumentName: selector.instrument_name ?? undefined,
    instrumentType: instrumentTypeOf(selector.instrument_type),
    instrumentUnit: selector.unit ?? undefined,
    meterName: selector.meter_name ?? undefined,
    meterVersion: selector.meter_version ?? undefined,
    meterSchemaUrl: selector.meter_schema_url ?? undefined,
    name: stream.name ?? undefined,
    description: stream.description ?? undefined,
    aggregation: aggregationOf(stream.aggregation),
    aggregationCardinalityLimit: stream.aggregation_cardinality_limit ?? undefined,
    attributesProcessors: processors.length > 0 ? processors : undefined,
  })
}

function literal(keys: string[]): string[] {
  if (keys.some((key) => /[*?]/.test(key))) throw new Error('attribute_keys with * or ? are not supported')
  return keys
}

function instrumentTypeOf(name: string | null | undefined): InstrumentType | undefined {
  if (name === null || name === undefined) return undefined
  const type = Object.values(InstrumentType).find((value) => value === name.toUpperCase())
  if (type === undefined) throw new Error('instrument_type is unknown')
  return type
}

function aggregationOf(
  tree: Readonly<Record<string, AggregationConfig | null>> | null | undefined,
): AggregationOption | undefined {
  const [entry, ...more] = Object.entries(tree ?? {})
  if (!entry) return undefined
  if (more.length > 0) throw new Error('aggregation must have exactly one key')
  const [name, config] = entry
  switch (name) {
    case 'default':
      return { type: AggregationType.DEFAULT }
    case 'drop':
      return { type: AggregationType.DROP }
    case 'sum':
      return { type: AggregationType.SUM }
    case 'last_value':
      return { type: AggregationType.LAST_VALUE }
    case 'explicit_bucket_histogram':
      return {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: {
          recordMinMax: config?.record_min_max ?? true,
          boundaries: config?.boundaries ?? BOUNDARIES,
        },
      }
    case 'base2_exponential_bucket_histogram':
      return {
        type: AggregationType.EXPONENTIAL_HISTOGRAM,
        options: { recordMinMax: config?.record_min_max ?? true, maxSize: config?.max_size ?? 160 },
      }
    default:
      throw new Error(`the aggregation ${name.slice(0, 40)} is unknown`)
  }
}

/** The specification's. */
const BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
