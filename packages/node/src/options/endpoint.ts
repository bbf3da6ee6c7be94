import { readEnum, readNumber, readString, type Env } from '@waybill/core/env'
import { report } from '@waybill/core/report'
import type { Signal } from './read.ts'

export type Protocol = 'grpc' | 'http/protobuf' | 'http/json'

/** Where one signal goes, as plain data: it is handed to the export worker. */
export interface Endpoint {
  readonly protocol: Protocol
  /** gRPC: origin only. HTTP: with the signal's path. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly gzip: boolean
  /** Longest time of one export, in milliseconds. */
  readonly timeout: number
  /** Files in PEM form. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

const PROTOCOLS: readonly Protocol[] = ['grpc', 'http/protobuf', 'http/json']

/**
 * The OTLP endpoint of a signal: `OTEL_EXPORTER_OTLP_<SIGNAL>_*`, else `OTEL_EXPORTER_OTLP_*`.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readEndpoint(env: Env, signal: Signal): Endpoint {
  const own = (option: string): string => `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${option}`
  const general = (option: string): string => `OTEL_EXPORTER_OTLP_${option}`
  /** The variable that counts: the signal's own where it is set. */
  const either = (option: string): string =>
    readString(env, own(option)) === undefined ? general(option) : own(option)

  const protocol = readEnum(env, either('PROTOCOL'), PROTOCOLS, 'grpc')
  const tls: { ca?: string; cert?: string; key?: string } = {}
  const ca = readString(env, either('CERTIFICATE'))
  const cert = readString(env, either('CLIENT_CERTIFICATE'))
  const key = readString(env, either('CLIENT_KEY'))
  if (ca !== undefined) tls.ca = ca
  if (cert !== undefined) tls.cert = cert
  if (key !== undefined) tls.key = key
  return {
    protocol,
    url: readUrl(env, signal, protocol, own('ENDPOINT'), general('ENDPOINT'), either('INSECURE')),
    headers: { ...readHeaders(env, general('HEADERS')), ...readHeaders(env, own('HEADERS')) },
    gzip: readEnum(env, either('COMPRESSION'), ['gzip', 'none'], 'none') === 'gzip',
    timeout: readNumber(env, either('TIMEOUT'), 10_000, { min: 1, max: 600_000 }),
    tls,
  }
}

function readUrl(
  env: Env,
  signal: Signal,
  protocol: Protocol,
  own: string,
  general: string,
  insecure: string,
): string {
  const fallback = protocol === 'grpc' ? 'http://localhost:4317' : `http://localhost:4318/v1/${signal}`
  const name = readString(env, own) === undefined ? general : own
  const text = readString(env, name)
  if (text === undefined) return fallback
  const url = parseUrl(text, name, env[insecure])
  if (!url) {
    const message = `${name}=${withoutSecrets(text)} is not a URL like http://host:4317. Used instead: ${fallback}.`
    report('WAYBILL_BAD_ENDPOINT', message, `${name}=${text}`)
    return fallback
  }
  if (protocol === 'grpc') return url.origin
  if (name === general) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`
  return url.href
}

function parseUrl(text: string, name: string, insecure: string | undefined): URL | undefined {
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? new URL(text) : undefined
  if (text.includes('://') || !/^[\w.\-[\]:]+(?:\/.*)?$/.test(text)) return undefined
  // `host:port` names no scheme. Plaintext where the traffic stays in the house, TLS elsewhere.
  const probe = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined
  if (
    !probe ||
    (probe.port === '' && !/:\d+(?:\/|$)/.test(text) && !text.includes('.') && probe.hostname !== 'localhost')
  ) {
    return undefined
  }
  const plain =
    insecure?.toLowerCase() === 'true' || (insecure?.toLowerCase() !== 'false' && isPrivate(probe.hostname))
  const url = new URL(`${plain ? 'http' : 'https'}://${text}`)
  report('WAYBILL_BAD_ENDPOINT', `${name}=${withoutSecrets(text)} names no scheme. Used: ${url.origin}.`)
  return url
}

function isPrivate(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '[::1]' ||
    /^127\.|^10\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host) ||
    // A name without a dot is a service of this cluster or compose network.
    !host.includes('.')
  )
}

/** `a=1,b=two%20words`; names in lower case. Ill-formed pairs are said without their values. */
function readHeaders(env: Env, name: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of readString(env, name)?.split(',') ?? []) {
    const split = pair.indexOf('=')
    const key = pair.slice(0, Math.max(split, 0)).trim().toLowerCase()
    const value = decode(pair.slice(split + 1).trim())
    if (pair.trim() === '') continue
    if (
      !/^[!#$%&'*+.^_`|~\w-]+$/.test(key) ||
      value === undefined ||
      !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ) {
      report(
        'WAYBILL_BAD_VALUE',
        `${name} has a pair that is not name=value (its text is not shown). It is left out.`,
      )
    } else {
      headers[key] = value
    }
  }
  return headers
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** For messages: credentials and query values of a URL are not shown. */
function withoutSecrets(text: string): string {
  return text
    .slice(0, 200)
    .replace(/\/\/[^/@]*@/, '//***@')
    .replace(/\?.*/, '?***')
}
