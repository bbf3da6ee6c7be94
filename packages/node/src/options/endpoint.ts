import { accessSync, constants } from 'node:fs'
import type { Given, Reader } from './reader.ts'
import { OPTIONS as O, type Row, type Signal } from './table.ts'

/** `zipkin` is the JSON of Zipkin's API v2; the others are OTLP's. */
export type Protocol = 'grpc' | 'http/protobuf' | 'http/json' | 'zipkin'

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

/**
 * The OTLP endpoint of a signal: `OTEL_EXPORTER_OTLP_<SIGNAL>_*`, else `OTEL_EXPORTER_OTLP_*`.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readEndpoint(reader: Reader, signal: Signal): Endpoint {
  const own = (row: Row): Given | undefined => reader.given(row, ownVariable(row, signal))
  const either = (row: Row): Given | null => own(row) ?? reader.given(row) ?? null
  const protocol = reader.read(O.protocol, either(O.protocol))
  const insecure = either(O.insecure)
  const ownUrl = own(O.endpoint)
  const given = ownUrl ?? reader.given(O.endpoint)
  const fallback = protocol === 'grpc' ? 'http://localhost:4317' : `http://localhost:4318/v1/${signal}`
  const url = given && parseUrl(reader, given, fallback, insecure && reader.read(O.insecure, insecure))
  if (url && protocol !== 'grpc' && !ownUrl) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`
  }
  return {
    protocol,
    url: !url ? fallback : protocol === 'grpc' ? url.origin : url.href,
    headers: { ...readHeaders(reader, reader.given(O.headers)), ...readHeaders(reader, own(O.headers)) },
    gzip: reader.read(O.compression, either(O.compression)) === 'gzip',
    // The specification: 0 is no limit. There is always one here, so that an export cannot hang.
    timeout: reader.read(O.timeout, either(O.timeout)) || O.timeout.max,
    tls: readTls(reader, either, url),
  }
}

/** `OTEL_EXPORTER_OTLP_ENDPOINT` → `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` */
export function ownVariable({ env }: Row, signal: Signal): string {
  return env.replace('OTLP_', `OTLP_${signal.toUpperCase()}_`)
}

function parseUrl(
  reader: Reader,
  given: Given,
  fallback: string,
  insecure: boolean | null | undefined,
): URL | undefined {
  const { text } = given
  const bad = (is: string, used: string = fallback): undefined =>
    void reader.wrong(given, is, O.endpoint, used, 'WAYBILL_BAD_ENDPOINT')
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? new URL(text) : bad('url')
  if (text.includes(':/') || !/^[\w.\-[\]:]+(?:\/.*)?$/.test(text)) return bad('url')
  // `host:port` names no scheme. Plaintext where the traffic stays in the house, TLS elsewhere.
  const probe = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined
  if (!probe || (!/:\d+(?:\/|$)/.test(text) && !text.includes('.') && probe.hostname !== 'localhost')) {
    return bad('url')
  }
  const url = new URL(`${(insecure ?? isPrivate(probe.hostname)) ? 'http' : 'https'}://${text}`)
  bad('no scheme', url.origin)
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
function readHeaders(reader: Reader, given: Given | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of given?.text.split(',') ?? []) {
    if (pair.trim() === '') continue
    const split = pair.indexOf('=')
    const key = pair.slice(0, Math.max(split, 0)).trim().toLowerCase()
    const value = decode(pair.slice(split + 1).trim())
    if (NAME.test(key) && value !== undefined && VALUE.test(value)) headers[key] = value
    else reader.wrong({ text: '', from: given!.from }, 'header', O.headers, 'the other pairs')
  }
  return headers
}

const NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function readTls(reader: Reader, either: (row: Row) => Given | null, url: URL | undefined): Endpoint['tls'] {
  const file = (row: Row): string | undefined => {
    const given = either(row)
    if (!given) return undefined
    if (url?.protocol !== 'https:') return void reader.wrong(given, 'no tls', row)
    return isReadable(given.text) ? given.text : void reader.wrong(given, 'file', row)
  }
  const ca = file(O.certificate)
  const cert = file(O.clientCertificate)
  const key = file(O.clientKey)
  const half = cert === undefined ? either(O.clientKey) : either(O.clientCertificate)
  if (half && (cert === undefined) !== (key === undefined)) reader.wrong(half, 'half')
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
