import type { Attributes } from '@opentelemetry/api'

// Names of what a pipeline puts on its spans, each once.
export const EVENT_ID = 'event_id'
export const ENTITY_TYPE = 'entity_type'
export const KIND = 'kind'
export const CHECKPOINT_OFFSET = 'checkpoint_offset'
export const CONDITION_MATCHED = 'condition_matched'
export const ACTION_COUNT = 'action_count'
export const ACTION_TYPE = 'action_type'
export const OUTCOME = 'outcome'
export const TARGET_URL = 'target_url'
export const METHOD = 'method'
export const STATUS = 'status'
export const RESPONSE_TIME_MS = 'response_time_ms'
export const RECIPIENT_COUNT = 'recipient_count'
export const TEMPLATE_NAME = 'template_name'
export const DELIVERY_STATUS = 'delivery_status'
export const EMAIL_MESSAGE_ID = 'email.message_id'

/** What an event is, for spans. */
export interface EventDescription {
  id?: string | number | bigint
  /** What kind of thing the event is about, e.g. `parcel`. */
  type?: string
  /** What happened to it, e.g. `damaged`. */
  kind?: string
  /** Where the event stands in its source. */
  offset?: Offset
}

export type Offset = string | number | bigint

export type EventOutcome = 'matched' | 'not_matched' | 'failed'
export type ActionResult = 'ok' | 'failed'
export type ActionType = 'webhook' | 'email' | 'custom'

/** Ids and kinds come from outside. */
const MAX_TEXT = 256
const MAX_URL = 1024

export function eventAttributes({ id, type, kind, offset }: EventDescription): Attributes {
  const attributes: Attributes = {}
  if (id !== undefined) attributes[EVENT_ID] = bounded(String(id))
  if (type !== undefined) attributes[ENTITY_TYPE] = bounded(String(type))
  if (kind !== undefined) attributes[KIND] = bounded(String(kind))
  return Object.assign(attributes, offsetAttributes(offset))
}

/** A checkpoint as its loader returned it may be anything: only what can stand on a span does. */
export function offsetAttributes(offset: unknown): Attributes {
  if (typeof offset === 'number') return { [CHECKPOINT_OFFSET]: offset }
  if (typeof offset === 'bigint') return { [CHECKPOINT_OFFSET]: offset.toString() }
  return typeof offset === 'string' ? { [CHECKPOINT_OFFSET]: bounded(offset) } : {}
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY'])

/** The semantic conventions' name of an HTTP client span. */
export function requestSpanName(method: string): string {
  return METHODS.has(method) ? method : 'HTTP'
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span */
export function requestAttributes(method: string, url: URL, attempt: number): Attributes {
  const attributes: Attributes = {
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    'url.full': redactUrl(url),
    'server.address': url.hostname.replace(/^\[|\]$/g, ''),
    'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
  }
  if (attempt > 0) attributes['http.request.resend_count'] = attempt
  return attributes
}

/** `url` without credentials and fragment, and with every query value replaced. */
export function redactUrl(url: URL): string {
  const query = url.search
    .slice(1)
    .split('&')
    .map((pair) => (pair.includes('=') ? `${pair.slice(0, pair.indexOf('='))}=REDACTED` : 'REDACTED'))
    .join('&')
  return bounded(`${url.origin}${url.pathname}${url.search === '' ? '' : `?${query}`}`, MAX_URL)
}

export function serverAttributes(server: { host?: unknown; port?: unknown } | undefined): Attributes {
  const attributes: Attributes = {}
  if (typeof server?.host === 'string') attributes['server.address'] = bounded(server.host)
  const port = Number(server?.port)
  if (Number.isInteger(port) && port > 0) attributes['server.port'] = port
  return attributes
}

/** How many addresses there are in `to`, `cc` and `bcc`, in any of the forms nodemailer takes. */
export function countRecipients(message: { to?: unknown; cc?: unknown; bcc?: unknown }): number {
  return count(message.to) + count(message.cc) + count(message.bcc)
}

export function bounded(text: string, max: number = MAX_TEXT): string {
  return text.length > max ? text.slice(0, max) : text
}

function count(addresses: unknown): number {
  if (Array.isArray(addresses)) return addresses.reduce((sum: number, address) => sum + count(address), 0)
  if (typeof addresses !== 'string') return typeof addresses === 'object' && addresses !== null ? 1 : 0
  // A quoted name may hold commas: "Doe, Jane" <jane@example.org>
  return addresses
    .replace(/"[^"]*"/g, '')
    .split(/[,;]/)
    .filter((address) => address.trim() !== '').length
}
