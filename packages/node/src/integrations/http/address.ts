// Who asked whom: from the headers that proxies add, else from the connection.
import type { IncomingHttpHeaders } from 'node:http'

export interface Address {
  readonly host: string
  readonly port?: string | undefined
}

/** `server.address` and `server.port`: what the client asked for. */
export function serverAddress(headers: IncomingHttpHeaders, scheme: string): Address | undefined {
  const { forwarded, host } = headers
  const forwardedHost = headers['x-forwarded-host']
  if (forwarded === undefined && forwardedHost === undefined) {
    return host === undefined || host === '' ? undefined : parseHost(host, scheme)
  }
  const element = forwarded === undefined ? undefined : forwardedElement(forwarded, 'host')
  if (element) return parseHost(element['host']!, element['proto'])
  const first = firstOf(forwardedHost)
  if (first) return parseHost(first, firstOf(headers['x-forwarded-proto']))
  return host === undefined || host === '' ? undefined : parseHost(host, scheme)
}

/** `client.address`: who asked first, as far as the proxies say. */
export function clientAddress(headers: IncomingHttpHeaders, peer: string | undefined): string | undefined {
  const { forwarded } = headers
  const element = forwarded === undefined ? undefined : forwardedElement(forwarded, 'for')
  if (element) return withoutPort(element['for']!)
  const forwardedFor = firstOf(headers['x-forwarded-for'])
  return forwardedFor ? withoutPort(forwardedFor.split(',', 1)[0]!.trim()) : peer
}

const firstOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

// The clients of a service ask for one and the same host.
let lastHost = ''
let lastScheme: string | undefined
let lastAddress: Address = { host: '' }

function parseHost(host: string, scheme: string | undefined): Address {
  if (host === lastHost && scheme === lastScheme) return lastAddress
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host)
  const port = match?.[2] ?? (scheme === 'http' ? '80' : scheme === 'https' ? '443' : undefined)
  lastAddress = match ? { host: match[1]!, port } : { host }
  lastHost = host
  lastScheme = scheme
  return lastAddress
}

function withoutPort(address: string): string {
  if (/^[\d.]+$/.test(address)) return address
  const hostname = URL.parse(`http://${address}`)?.hostname
  if (hostname === undefined) return address
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

/** Longer ones are not read. */
const MAX_FORWARDED = 2048

/** The first element of a `Forwarded` header that has `name`. https://www.rfc-editor.org/rfc/rfc7239#section-4 */
function forwardedElement(forwarded: string, name: string): Record<string, string> | undefined {
  if (forwarded.length > MAX_FORWARDED) return undefined
  let element: Record<string, string> = {}
  // Pairs, each with what stands behind it: `;` before the next of this element, `,` before the next element.
  for (const [, key, quoted, token, end] of forwarded.matchAll(
    /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*([;,]|$)/g,
  )) {
    element[key!.toLowerCase()] = quoted === undefined ? token! : quoted.replace(/\\(.)/g, '$1')
    if (end === ';') continue
    if (element[name]) return element
    element = {}
  }
  return undefined
}
