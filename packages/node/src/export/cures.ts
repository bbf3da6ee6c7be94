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
  12: 'the collector has no receiver for this signal: OTEL_<SIGNAL>_EXPORTER=none turns it off',
  16: HEADERS,
}

/** What connections break with where the setting, not the network, is wrong. */
const CONNECTION: readonly (readonly [said: RegExp, cure: string])[] = [
  [/^Protocol error$/, 'is this port for OTLP over HTTP? Then set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf'],
  [/Expected HTTP\//, 'is this port for OTLP over gRPC? Then set OTEL_EXPORTER_OTLP_PROTOCOL=grpc'],
  [/wrong version number/, 'is this port one without TLS? Then write http://'],
]

/** Why there was no answer. OpenSSL's messages end in a new line. */
export function reasonOfError({ message, name, code }: NodeJS.ErrnoException): string {
  const text = message.trim()
  const [, cure] = CONNECTION.find(([said]) => said.test(text)) ?? []
  return `${text || code || name}${cure === undefined ? '' : ` (${cure})`}`
}

export function cureOfHttp(status: number): string {
  if (status >= 300 && status < 400) return ' (redirects are not followed: give the final address)'
  return HTTP[status] === undefined ? '' : ` (${HTTP[status]})`
}

export function cureOfGrpc(status: number, message: string): string {
  if (status === 8 && /larger than max/i.test(message)) return ` (${TOO_LARGE})`
  return GRPC[status] === undefined ? '' : ` (${GRPC[status]})`
}
