import type { Cases } from '../types.ts'

/** What people write by mistake. */
export const bad: Cases = {
  'protocol unknown': { OTEL_EXPORTER_OTLP_PROTOCOL: 'http' },
  'protocol in capitals': { OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/PROTOBUF' },
  'protocol with spaces': { OTEL_EXPORTER_OTLP_PROTOCOL: ' http/json ' },
  'compression unknown': { OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' },
  'timeout that is no number': { OTEL_EXPORTER_OTLP_TIMEOUT: 'long' },
  'timeout negative': { OTEL_EXPORTER_OTLP_TIMEOUT: '-5' },
  'header without =': { OTEL_EXPORTER_OTLP_HEADERS: 'x-a,x-b=2' },
  'header with a wrong escape': { OTEL_EXPORTER_OTLP_HEADERS: 'x-a=%zz,x-b=2' },
  'http endpoint without a scheme': { OTEL_EXPORTER_OTLP_ENDPOINT: '$HTTP_HOST' },
  'grpc endpoint without a scheme, nothing said of TLS': {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: '$GRPC_HOST',
  },
  'a variable misspelt': { OTEL_EXPORTER_OLTP_ENDPOINT: 'http://localhost:1' },
}
