import type { CaseEnv } from './types.ts'

/** What both sides understand alike, so that a case shows what its own variables do. */
export const BASE: CaseEnv = {
  OTEL_SERVICE_NAME: 'oracle',
  OTEL_NODE_RESOURCE_DETECTORS: 'env',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_ENDPOINT: '$HTTP',
  // All of it at the end: how fast the machine is decides nothing.
  OTEL_BSP_SCHEDULE_DELAY: '60000',
  OTEL_BLRP_SCHEDULE_DELAY: '60000',
}
