// Names, attributes and status of HTTP spans. https://opentelemetry.io/docs/specs/semconv/http/http-spans/
import type { Attributes } from '@opentelemetry/api'

export const METHOD = 'http.request.method'
export const METHOD_ORIGINAL = 'http.request.method_original'
export const STATUS_CODE = 'http.response.status_code'
export const ROUTE = 'http.route'
export const SCHEME = 'url.scheme'
export const PATH = 'url.path'
export const QUERY = 'url.query'
export const FULL = 'url.full'
export const SERVER_ADDRESS = 'server.address'
export const SERVER_PORT = 'server.port'
export const CLIENT_ADDRESS = 'client.address'
export const PEER_ADDRESS = 'network.peer.address'
export const PEER_PORT = 'network.peer.port'
export const PROTOCOL_VERSION = 'network.protocol.version'
export const USER_AGENT = 'user_agent.original'
export const ERROR_TYPE = 'error.type'

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

/** `http.request.method`: others than those of the standards are one, so that they cannot be many. */
export function knownMethod(method: string): string {
  if (KNOWN_METHODS.has(method)) return method
  const upper = method.toUpperCase()
  return KNOWN_METHODS.has(upper) ? upper : '_OTHER'
}

/** A server answers for what is 500 and above, a client for what is 400 and above. */
export const serverFailed = (status: number): boolean => status >= 500 || status < 100
export const clientFailed = (status: number): boolean => status >= 400 || status < 100

export function setMethod(attributes: Attributes, method: string): void {
  const known = knownMethod(method)
  attributes[METHOD] = known
  if (known !== method) attributes[METHOD_ORIGINAL] = method
}

/** Header values as attributes are lists. */
export function headerValues(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined
  return Array.isArray(value) ? value.map(String) : [String(value as string | number)]
}
