import type { TraceState } from '@opentelemetry/api'

/** Members of a list, by the specification. */
const MAX_MEMBERS = 32
/** 512 characters must be carried at the least; a header of Node's own limit would fill every request we make. */
const MAX_LENGTH = 8192

// https://www.w3.org/TR/trace-context-2/#key: the `@` of Level 1's tenants is a character like any other.
const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/
// Printable ASCII without comma and equals sign; the last one is no space.
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * W3C `tracestate` of Trace Context Level 2. Immutable: `set` and `unset` give a new one.
 * https://www.w3.org/TR/trace-context-2/#tracestate-header
 */
export class W3CTraceState implements TraceState {
  /** `key=value`, newest first. */
  readonly #members: readonly string[]

  private constructor(members: readonly string[]) {
    this.#members = members
  }

  static readonly EMPTY: W3CTraceState = new W3CTraceState([])

  /** The list in `header`; undefined where it has no member, or where any part of it is not well-formed. */
  static parse(header: string): W3CTraceState | undefined {
    if (header.length > MAX_LENGTH) return undefined
    const members: string[] = []
    for (const part of header.split(',')) {
      const member = trimSpace(part)
      // Empty members come from headers that were joined.
      if (member === '') continue
      const equals = member.indexOf('=')
      if (equals < 1 || members.length === MAX_MEMBERS) return undefined
      if (!KEY.test(member.slice(0, equals)) || !VALUE.test(member.slice(equals + 1))) return undefined
      if (indexOf(members, member.slice(0, equals + 1)) >= 0) return undefined
      members.push(member)
    }
    return members.length > 0 ? new W3CTraceState(members) : undefined
  }

  get(key: string): string | undefined {
    const at = indexOf(this.#members, `${key}=`)
    return at < 0 ? undefined : this.#members[at]!.slice(key.length + 1)
  }

  /** With `key` first. The same list where key or value are not well-formed; the last member makes place for a 33rd. */
  set(key: string, value: string): W3CTraceState {
    if (!KEY.test(key) || !VALUE.test(value)) return this
    const others = this.unset(key).#members
    return new W3CTraceState([
      `${key}=${value}`,
      ...(others.length < MAX_MEMBERS ? others : others.slice(0, MAX_MEMBERS - 1)),
    ])
  }

  unset(key: string): W3CTraceState {
    const at = indexOf(this.#members, `${key}=`)
    return at < 0 ? this : new W3CTraceState(this.#members.filter((_, i) => i !== at))
  }

  serialize(): string {
    return this.#members.join(',')
  }
}

function indexOf(members: readonly string[], prefix: string): number {
  for (let i = 0; i < members.length; i++) if (members[i]!.startsWith(prefix)) return i
  return -1
}

/** Spaces and tabs only: `trim()` takes more than the specification's OWS. */
function trimSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
