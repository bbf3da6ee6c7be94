import type { ClientRequest } from 'node:http'
import { redactQuery } from './url.ts'

export interface Authority {
  readonly host: string
  readonly port: number
  /** Neither what the app has given nor the connection says it yet. */
  readonly portIsGuessed?: true
}

/**
 * Where a request goes. Node keeps no port with it: the `Host` header that it makes itself has it, and where the
 * app has written one of its own, the connection, once it is there.
 */
export function authorityOf(request: ClientRequest): Authority {
  const { host, protocol, agent } = request as ClientRequest & { agent?: { defaultPort?: unknown } | null }
  const usual = Number(agent?.defaultPort) || (protocol === 'https:' ? 443 : 80)
  const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const port = portIn(hostHeader(request), shown) ?? portIn(madeOfOptions(request), shown)
  if (port !== undefined) return { host, port: port || usual }
  const connected = request.socket?.remotePort
  return connected === undefined ? { host, port: usual, portIsGuessed: true } : { host, port: connected }
}

/** The port in `host:port`, 0 where there is none; undefined for another host. */
function portIn(authority: string | undefined, host: string): number | undefined {
  if (authority === undefined || !authority.startsWith(host)) return undefined
  const rest = authority.slice(host.length)
  if (rest === '') return 0
  return /^:\d+$/.test(rest) ? Number(rest.slice(1)) : undefined
}

/** From Node 24 on, the authority as the options have it is kept under a symbol. */
function madeOfOptions(request: ClientRequest): string | undefined {
  kAuthority ??=
    Object.getOwnPropertySymbols(request).find(({ description }) => description === 'kAuthority') ?? NONE
  const authority = (request as unknown as Record<symbol, unknown>)[kAuthority]
  return typeof authority === 'string' ? authority : undefined
}

let kAuthority: symbol | undefined
const NONE = Symbol('none')

/** `url.full`, without credentials and without the values of `redacted` parameters. */
export function clientUrl(
  { protocol, path, method }: ClientRequest,
  { host, port }: Authority,
  redacted: readonly string[],
): string {
  // A proxy is asked for a whole URL.
  const origin = path.startsWith('http') ? '' : originOf(protocol, host, port)
  // `OPTIONS *`, and the host that CONNECT names.
  if (path === '*' || method === 'CONNECT') return origin
  const mark = path.indexOf('?')
  if (mark < 0) return withoutCredentials(origin + path)
  const hash = path.indexOf('#', mark)
  const query = redactQuery(path.slice(mark + 1, hash < 0 ? undefined : hash), redacted)
  return withoutCredentials(`${origin}${path.slice(0, mark)}?${query}`)
}

function originOf(protocol: string, host: string, port: number): string {
  const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return port === 80 || port === 443 ? `${protocol}//${shown}` : `${protocol}//${shown}:${port}`
}

function withoutCredentials(url: string): string {
  return url.includes('@') ? url.replace(/^(https?:\/\/)[^/?#@]*@/, '$1') : url
}

function hostHeader(request: ClientRequest): string | undefined {
  const header = request.getHeader('host')
  if (typeof header === 'string') return header
  // Headers that were given as an array are text from the start.
  const { _header: head } = request as { _header?: unknown }
  return typeof head === 'string' ? /\r\nhost:[ \t]*([^\r\n]*)/i.exec(head)?.[1] : undefined
}
