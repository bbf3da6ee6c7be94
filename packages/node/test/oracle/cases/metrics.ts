import type { CaseEnv, Cases } from '../types.ts'

const ONLY: CaseEnv = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
const temporality = (value: string): CaseEnv => ({
  ...ONLY,
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: value,
})
const histogram = (value: string): CaseEnv => ({
  ...ONLY,
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: value,
})

export const metrics: Cases = {
  'temporality cumulative': temporality('cumulative'),
  'temporality delta': temporality('delta'),
  'temporality lowmemory': temporality('lowmemory'),
  'temporality in capitals': temporality('DELTA'),
  'temporality unknown': temporality('foo'),
  'temporality delta over grpc': {
    ...temporality('delta'),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: '$GRPC',
  },
  'temporality delta over http/json': { ...temporality('delta'), OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
  'histograms explicit': histogram('explicit_bucket_histogram'),
  'histograms exponential': histogram('base2_exponential_bucket_histogram'),
  'histograms exponential, delta': {
    ...histogram('base2_exponential_bucket_histogram'),
    ...temporality('delta'),
  },
  'histograms exponential over http/json': {
    ...histogram('base2_exponential_bucket_histogram'),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  },
  'histograms unknown': histogram('foo'),
  'exemplars always_off': { ...ONLY, OTEL_METRICS_EXEMPLAR_FILTER: 'always_off' },
  'exemplars always_on': { ...ONLY, OTEL_METRICS_EXEMPLAR_FILTER: 'always_on' },
  'metric interval and timeout': {
    ...ONLY,
    OTEL_METRIC_EXPORT_INTERVAL: '50000',
    OTEL_METRIC_EXPORT_TIMEOUT: '10000',
  },
  'metric timeout above the interval': {
    ...ONLY,
    OTEL_METRIC_EXPORT_INTERVAL: '40000',
    OTEL_METRIC_EXPORT_TIMEOUT: '50000',
  },
  'metric interval 0': { ...ONLY, OTEL_METRIC_EXPORT_INTERVAL: '0' },
}
