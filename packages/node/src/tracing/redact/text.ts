import { isSensitiveParameter } from './names.ts'
import { REDACTED } from './redacted.ts'

/** Ends a query value, or an authority, in any text. */
const END = /[\s"'<>`\\^{}|]/
/** A password that is no valid part of a URL is looked for so far. */
const MAX_PASSWORD = 256

/** A part of a text that goes, and what stands in its place. */
interface Part {
  readonly start: number
  readonly end: number
  readonly by: string
}

/**
 * `text` without the credentials and sensitive query values of the URLs in it; the same string where there are
 * none. Linear. https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/
 *
 * @param more names of query parameters that are sensitive too, normalized
 */
export function redactText(text: string, more: ReadonlySet<string>): string {
  const credentials = text.includes('@') && text.includes('//') ? findCredentials(text) : undefined
  const values = text.includes('=') ? findValues(text, more, false) : undefined
  const clean = credentials || values ? without(text, credentials, values) : text
  return mayHoldHeader(clean) ? clean.replace(HEADER, `$1${REDACTED}`) : clean
}

/** The same for a query alone (`url.query`), and for `key=value;` connection strings: they need no `?` before them. */
export function redactQuery(text: string, more: ReadonlySet<string>): string {
  const values = text.includes('=') ? findValues(text, more, true) : undefined
  return values ? without(text, values, undefined) : text
}

/** Both lists are in order. Parts that overlap go together: each was found in the text as it was. */
function without(text: string, some: Part[] | undefined, others: Part[] | undefined): string {
  const parts = some && others ? [...some, ...others].sort((a, b) => a.start - b.start) : (some ?? others)!
  let out = ''
  let done = 0
  for (const { start, end, by } of parts) {
    if (start >= done) out += text.slice(done, start) + by
    done = Math.max(done, end)
  }
  return out + text.slice(done)
}

/** A header that was printed: `Authorization: Bearer …`, `"cookie": "…"`. */
const HEADER = /((?:authorization|cookie|x-api-key)["']?:\s{0,4}["']?)[^\r\n"']+/gi

/** Is there a colon where one of those may end? The expression is slow, and most texts have only `://`. */
function mayHoldHeader(text: string): boolean {
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    if (colon > 5 && '"\'nNeEyY'.includes(text[colon - 1]!)) return true
  }
  return false
}

/** `//user:password@host` → `//REDACTED:REDACTED@host`. */
function findCredentials(text: string): Part[] | undefined {
  let parts: Part[] | undefined
  let done = 0
  for (let at = text.indexOf('//'); at >= 0; at = text.indexOf('//', at + 1)) {
    const start = at + 2
    if (start < done) continue
    const end = endOfUserinfo(text, start)
    if (end <= start) continue
    const both = text.slice(start, end).includes(':')
    ;(parts ??= []).push({ start, end, by: both ? `${REDACTED}:${REDACTED}` : REDACTED })
    done = end
  }
  return parts
}

/** Where the `@` behind credentials is, when there are some at `start`; else -1. */
function endOfUserinfo(text: string, start: number): number {
  let last = -1
  let colon = -1
  let i = start
  for (; i < text.length; i++) {
    const c = text[i]!
    if (c === '@') last = i
    else if (c === ':' && colon < 0) colon = i
    else if (c === '/' || c === '?' || c === '#' || END.test(c)) break
  }
  if (last >= 0) return last
  // A password may have been written with `/`, `?` or `#` in it: then what follows the colon is no port.
  if (colon < 0 || text[start] === '[' || /^\d*$/.test(text.slice(colon + 1, i))) return -1
  const end = Math.min(text.length, i + MAX_PASSWORD)
  for (; i < end && !/\s/.test(text[i]!); i++) if (text[i] === '@') last = i
  return last
}

/** `?a=1&sig=abc` → `?a=1&sig=REDACTED`. */
function findValues(text: string, more: ReadonlySet<string>, bare: boolean): Part[] | undefined {
  let parts: Part[] | undefined
  let done = 0
  for (let equals = text.indexOf('='); equals >= 0; equals = text.indexOf('=', equals + 1)) {
    if (equals < done) continue
    const name = startOfName(text, equals, done, bare)
    if (name < 0 || !isSensitiveParameter(text.slice(name, equals), more)) continue
    const start = equals + 1
    const end = endOfValue(text, start, bare)
    if (end === start) continue
    ;(parts ??= []).push({ start, end, by: REDACTED })
    done = end
  }
  return parts
}

/** Where the parameter's name before `equals` starts; -1 where it is none. */
function startOfName(text: string, equals: number, from: number, bare: boolean): number {
  for (let i = equals - 1; i >= from; i--) {
    const c = text[i]!
    if (c === '?' || c === '&' || c === ';' || c === '#') return i + 1
    if (bare && (c === ' ' || c === ',')) return i + 1
    if (c === '=' || c === '/' || END.test(c) || equals - i > 160) return -1
  }
  return bare && from === 0 ? 0 : -1
}

function endOfValue(text: string, start: number, bare: boolean): number {
  const quote = text[start]
  if (bare && (quote === '"' || quote === "'")) {
    const close = text.indexOf(quote, start + 1)
    return close < 0 ? text.length : close + 1
  }
  let i = start
  for (; i < text.length; i++) {
    const c = text[i]!
    if (c === '&' || c === '#' || c === ';' || END.test(c)) break
  }
  return i
}
