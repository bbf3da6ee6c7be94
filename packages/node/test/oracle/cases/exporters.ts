import type { Cases } from '../types.ts'

const NONE = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
const ZIPKIN = { OTEL_EXPORTER_ZIPKIN_ENDPOINT: '$HTTP/api/v2/spans' }
const PROMETHEUS = {
  OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
  OTEL_EXPORTER_PROMETHEUS_PORT: '$PORT',
  ORACLE_SCRAPE: '$PORT',
}

export const exporters: Cases = {
  'no exporter': NONE,
  'traces alone': { ...NONE, OTEL_TRACES_EXPORTER: 'otlp' },
  'metrics alone': { ...NONE, OTEL_METRICS_EXPORTER: 'otlp' },
  'logs alone': { ...NONE, OTEL_LOGS_EXPORTER: 'otlp' },
  'console for traces': { ...NONE, OTEL_TRACES_EXPORTER: 'console' },
  'console for metrics': { ...NONE, OTEL_METRICS_EXPORTER: 'console' },
  'console for logs': { ...NONE, OTEL_LOGS_EXPORTER: 'console' },
  'otlp and console': {
    OTEL_TRACES_EXPORTER: 'otlp,console',
    OTEL_METRICS_EXPORTER: 'otlp, console',
    OTEL_LOGS_EXPORTER: 'console,otlp',
  },
  zipkin: { ...NONE, ...ZIPKIN, OTEL_TRACES_EXPORTER: 'zipkin' },
  'otlp and zipkin': { ...NONE, ...ZIPKIN, OTEL_TRACES_EXPORTER: 'otlp,zipkin' },
  prometheus: { ...NONE, ...PROMETHEUS, OTEL_METRICS_EXPORTER: 'prometheus' },
  'otlp and prometheus': { ...NONE, ...PROMETHEUS, OTEL_METRICS_EXPORTER: 'otlp,prometheus' },
  'exporters unset': { OTEL_TRACES_EXPORTER: null, OTEL_METRICS_EXPORTER: null },
  'logs exporter unset': { OTEL_LOGS_EXPORTER: null },
  'exporters empty': { OTEL_TRACES_EXPORTER: '', OTEL_METRICS_EXPORTER: '' },
  'exporter twice': { OTEL_TRACES_EXPORTER: 'otlp,otlp' },
  'traces exporter unknown': { OTEL_TRACES_EXPORTER: 'jaeger' },
  'metrics exporter unknown': { OTEL_METRICS_EXPORTER: 'foo' },
  'logs exporter unknown': { OTEL_LOGS_EXPORTER: 'foo' },
  'exporter unknown beside a known one': { OTEL_TRACES_EXPORTER: 'foo,otlp' },
  'none beside another': { OTEL_METRICS_EXPORTER: 'none,otlp' },
  'SDK disabled': { OTEL_SDK_DISABLED: 'true' },
  'SDK disabled in capitals': { OTEL_SDK_DISABLED: 'TRUE' },
  'SDK not disabled': { OTEL_SDK_DISABLED: 'false' },
  'SDK disabled with a value that is neither': { OTEL_SDK_DISABLED: '1' },
}
