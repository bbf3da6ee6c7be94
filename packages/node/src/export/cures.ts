// What to do about a refusal, said with it.

const TOO_LARGE =
  'the request is larger than the collector takes: raise its limit (max_recv_msg_size_mib, max_request_body_size), or lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE'
const HEADERS = 'check OTEL_EXPORTER_OTLP_HEADERS'

const HTTP: Readonly<Record<number, string>> = {
  400: 'the collector could not read it',
  401: HEADERS,
  403: `no permission: ${HEADERS}`,
  404: 'there is no receiver at this path: check OTEL_EXPORTER_OTLP_ENDPOINT, which gets /v1/<signal> appended',
  405: 'this is no OTLP receiver: check OTEL_EXPORTER_OTLP_ENDPOINT',
  413: TOO_LARGE,
  415: 'the collector does not take this form: check OTEL_EXPORTER_OTLP_PROTOCOL',
}
const GRPC: Readonly<Record<number, string>> = {
  7: `no permission: ${HEADERS}`,
  12: 'the collector has no receiver for this signal',
  16: HEADERS,
}

export function cureOfHttp(status: number): string {
  if (status >= 300 && status < 400) return ' (redirects are not followed: give the final address)'
  return HTTP[status] === undefined ? '' : ` (${HTTP[status]})`
}

export function cureOfGrpc(status: number, message: string): string {
  if (status === 8 && /larger than max/i.test(message)) return ` (${TOO_LARGE})`
  return GRPC[status] === undefined ? '' : ` (${GRPC[status]})`
}
