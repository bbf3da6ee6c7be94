import type { Cases } from '../types.ts'

const GRPC = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: '$GRPC' }
const JSON_ = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }

/** Where and how OTLP goes. */
export const otlp: Cases = {
  'as the base has it': {},
  grpc: GRPC,
  'http/json': JSON_,
  'gzip over http/protobuf': { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
  'gzip over grpc': { ...GRPC, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
  'gzip over http/json': { ...JSON_, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
  'compression none': { OTEL_EXPORTER_OTLP_COMPRESSION: 'none' },
  'gzip for traces alone': { OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip' },
  'gzip for all but metrics': {
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
  },
  'a protocol for each signal': {
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '$GRPC',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
  },
  'logs over grpc': {
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: '$GRPC',
  },
  'metrics over grpc': {
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '$GRPC',
  },
  'an endpoint with a path': { OTEL_EXPORTER_OTLP_ENDPOINT: '$HTTP/base/path' },
  'an endpoint with a slash': { OTEL_EXPORTER_OTLP_ENDPOINT: '$HTTP/' },
  'an endpoint with a path and a slash': { OTEL_EXPORTER_OTLP_ENDPOINT: '$HTTP/base/' },
  'an endpoint with a query': { OTEL_EXPORTER_OTLP_ENDPOINT: '$HTTP/base?tenant=a' },
  'an endpoint of one signal': { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '$HTTP/mine/traces' },
  'an endpoint of one signal without a path': { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '$HTTP' },
  'endpoints of all signals': {
    OTEL_EXPORTER_OTLP_ENDPOINT: null,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '$HTTP/a/traces?x=1',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '$HTTP/b/metrics',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: '$HTTP/c/logs/',
  },
  'a grpc endpoint with a path': { ...GRPC, OTEL_EXPORTER_OTLP_ENDPOINT: '$GRPC/some/path' },
  'spaces around an endpoint': { OTEL_EXPORTER_OTLP_ENDPOINT: '  $HTTP  ' },
  headers: { OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a,Authorization=Bearer%20token' },
  'headers over grpc': { ...GRPC, OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a,Authorization=Bearer%20token' },
  'headers of one signal': {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a,x-all=1',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=b,x-traces=1',
  },
  'headers of one signal over grpc': {
    ...GRPC,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=b',
  },
  'a header with = in its value': { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic YTpi==' },
  'a header with spaces': { OTEL_EXPORTER_OTLP_HEADERS: ' x-a = 1 , x-b=2 ,' },
  'a header twice': { OTEL_EXPORTER_OTLP_HEADERS: 'x-a=1,x-a=2' },
  'a user agent of one’s own': { OTEL_EXPORTER_OTLP_HEADERS: 'user-agent=mine' },
  timeouts: { OTEL_EXPORTER_OTLP_TIMEOUT: '5000', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '4000' },
  'a grpc endpoint without a scheme': {
    ...GRPC,
    OTEL_EXPORTER_OTLP_ENDPOINT: '$GRPC_HOST',
    OTEL_EXPORTER_OTLP_INSECURE: 'true',
  },
}
