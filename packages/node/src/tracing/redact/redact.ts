import type { AnyValue, Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { RedactionConfig } from '../config.ts'
import { compileGlobs } from '../samplers/glob.ts'
import { isSecretField, normalize } from './names.ts'
import { REDACTED } from './redacted.ts'
import { isSql, redactSql } from './sql.ts'
import { redactQuery, redactText } from './text.ts'

/** What is done with the values of an attribute. */
type Action = 'hide' | 'sql' | 'query' | 'text' | 'none'

/** The parts of a log record that are looked at. */
export interface LogRecord {
  body?: AnyValue
  readonly attributes: Attributes
}

/** Attribute names are few in a well-behaved process; another one's are decided anew each time. */
const MAX_KNOWN = 2000
/** Values in values, in values: deeper ones are hidden whole. */
const MAX_DEPTH = 8
/** Values in one value: an object that holds itself twice has no end otherwise. More are hidden whole. */
const MAX_VALUES = 10_000

/** `?a=b` is the shortest text with a secret; credentials need `//a@b`. */
const SHORTEST = 4
/** Values of a closed set, or such that are no text from outside. */
const HARMLESS = new Set(
  [
    ['http.request.method', 'http.route', 'url.scheme', 'network.protocol.name', 'network.protocol.version'],
    ['network.transport', 'network.type', 'network.peer.address', 'server.address', 'client.address'],
    ['db.system.name', 'db.operation.name', 'messaging.system', 'messaging.operation.type', 'error.type'],
    ['operation_id', 'rpc.system', 'exception.type'],
  ].flat(),
)
const QUERIES = new Set(['url.query', 'db.connection_string'])
const STATEMENTS = new Set(['db.query.text', 'db.statement'])

/**
 * Takes credentials out of telemetry before it leaves the process. What happens to an attribute is decided when
 * its name is first seen; after that a span costs one look into a map for each attribute.
 */
export class Redaction {
  readonly #actions = new Map<string, Action>()
  readonly #urls: boolean
  readonly #headers: boolean
  readonly #sql: boolean
  readonly #parameters: ReadonlySet<string>
  readonly #isDenied: (key: string) => boolean
  readonly #isAllowed: (key: string) => boolean
  /** How many values in the one that is looked at may still be. */
  #left = 0

  constructor({
    urls = true,
    headers = true,
    sql = true,
    query = [],
    deny = [],
    allow = [],
  }: RedactionConfig = {}) {
    this.#urls = urls
    this.#headers = headers
    this.#sql = sql
    this.#parameters = new Set(query.map(normalize))
    this.#isDenied = compileGlobs(deny)
    this.#isAllowed = compileGlobs(allow)
  }

  /**
   * Change an ended span: attributes, events, links, status message, name. To be called once, before it is
   * encoded or handed to an exporter.
   */
  redactSpan(span: ReadableSpan): void {
    const { name, status, events, links } = span
    this.#redactAttributes(span.attributes)
    for (let i = 0; i < events.length; i++) {
      const { attributes } = events[i]!
      if (attributes) this.#redactAttributes(attributes)
    }
    for (let i = 0; i < links.length; i++) {
      const { attributes } = links[i]!
      if (attributes) this.#redactAttributes(attributes)
    }
    if (!this.#urls) return
    const writable = span as { name: string; status: ReadableSpan['status'] }
    if (status.message !== undefined) {
      const message = redactText(status.message, this.#parameters)
      if (message !== status.message) writable.status = { ...status, message }
    }
    // Some instrumentations name a span by what the app left out.
    if (typeof name === 'string' && (name.includes('=') || name.includes('@')))
      writable.name = redactText(name, this.#parameters)
  }

  /** Change a log record: body and attributes. To be called while it may still be changed: in `onEmit`. */
  redactLog(record: LogRecord): void {
    this.#redactAttributes(record.attributes)
    const { body } = record
    if (typeof body === 'string') {
      if (!this.#urls) return
      const text = redactText(body, this.#parameters)
      if (text !== body) record.body = text
    } else if (typeof body === 'object' && body !== null) {
      record.body = this.#redactWhole('text', body, body as Attributes)
    }
  }

  #redactAttributes(attributes: Attributes): void {
    for (const key in attributes) {
      const value = attributes[key]
      const action = this.#actions.get(key) ?? this.#learn(key)
      if (action === 'none') continue
      if (typeof value === 'string') {
        // Nearly every value ends here.
        if (action === 'text' && (value.length < SHORTEST || !(value.includes('=') || value.includes(':'))))
          continue
        const redacted = this.#redactString(action, value, attributes)
        if (redacted !== value) attributes[key] = redacted
      } else if (action === 'hide' || (typeof value === 'object' && value !== null)) {
        attributes[key] = this.#redactWhole(action, value as AnyValue, attributes) as string
      }
    }
  }

  #redactString(action: Action, value: string, attributes: Attributes): string {
    switch (action) {
      case 'hide':
        return REDACTED
      case 'sql':
        if (isSql(attributes['db.system.name'] ?? attributes['db.system'])) {
          return redactSql(value, attributes['db.system.name'] ?? attributes['db.system'])
        }
        return this.#urls ? redactText(value, this.#parameters) : value
      case 'query':
        return redactText(redactQuery(value, this.#parameters), this.#parameters)
      case 'text':
        return redactText(value, this.#parameters)
      case 'none':
        return value
    }
  }

  /** Lists and maps: a changed copy, since a log's body may be the app's own. */
  #redactWhole(action: Action, value: AnyValue, attributes: Attributes): AnyValue {
    this.#left = MAX_VALUES
    return this.#redactValue(action, value, attributes, 0)
  }

  #redactValue(action: Action, value: AnyValue, attributes: Attributes, depth: number): AnyValue {
    if (action === 'hide' || depth > MAX_DEPTH || this.#left-- <= 0) return REDACTED
    if (typeof value === 'string') return this.#redactString(action, value, attributes)
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    if (Array.isArray(value)) {
      return value.map((item) => this.#redactValue(action, item as AnyValue, attributes, depth + 1))
    }
    const copy: Record<string, AnyValue> = {}
    for (const key of Object.keys(value)) {
      const own = this.#actions.get(key) ?? this.#learn(key)
      copy[key] = this.#redactValue(own, (value as Record<string, AnyValue>)[key], attributes, depth + 1)
    }
    return copy
  }

  #learn(key: string): Action {
    const action = this.#decide(key)
    if (this.#actions.size < MAX_KNOWN) this.#actions.set(key, action)
    return action
  }

  #decide(key: string): Action {
    if (this.#isDenied(key) && !this.#isAllowed(key)) return 'hide'
    if (this.#headers && isSecretField(key)) return 'hide'
    if (this.#sql && STATEMENTS.has(key)) return 'sql'
    if (!this.#urls || HARMLESS.has(key)) return 'none'
    return QUERIES.has(key) ? 'query' : 'text'
  }
}
