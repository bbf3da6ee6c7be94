import type { ServerResponse, IncomingHttpHeaders } from 'node:http'
import type { Context, SpanContext } from '@opentelemetry/api'
import type { InstrumentationConfig } from '@opentelemetry/instrumentation'

/** Names of headers; case does not matter. */
export interface HeaderNames {
  readonly request?: readonly string[]
  readonly response?: readonly string[]
}

/** Settings of the instrumentations `http` and `undici`. */
export interface HttpConfig extends InstrumentationConfig {
  /** Requests to these paths have neither span nor metric, and nothing below them has. `/health`, or `/internal/*`. */
  readonly ignorePaths?: readonly string[]
  /** Headers that become attributes, `http.request.header.<name>` and `http.response.header.<name>`. @default none */
  readonly captureHeaders?: { readonly server?: HeaderNames; readonly client?: HeaderNames }
  /** Query parameters whose values are replaced. Case matters. @default those with which links are signed */
  readonly redactedQueryParams?: readonly string[]
  /** Ids that come with a request beside `traceparent`, and ids that go back with the answer. */
  readonly entry?: Entry
}

export interface Entry {
  /** The context of a request, before its span. */
  enter(extracted: Context, headers: IncomingHttpHeaders): Context
  /** Called before the app sees the request. */
  answer(response: ServerResponse, spanContext: SpanContext, ctx: Context): void
}

/** Upstream's list: values that let whoever has them do something. */
const REDACTED_QUERY_PARAMS = [
  'sig',
  'Signature',
  'AWSAccessKeyId',
  'X-Goog-Signature',
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
]

/** What a configuration comes to, made once. */
export interface HttpSettings {
  readonly ignores: ((path: string) => boolean) | undefined
  readonly redacted: readonly string[]
  readonly server: Captured
  readonly client: Captured
  readonly entry: Entry | undefined
}

export interface Captured {
  readonly request: readonly Header[]
  readonly response: readonly Header[]
}

export interface Header {
  /** In lower case. */
  readonly name: string
  readonly attribute: string
}

export function settingsOf({
  ignorePaths = [],
  captureHeaders = {},
  redactedQueryParams = REDACTED_QUERY_PARAMS,
  entry,
}: HttpConfig): HttpSettings {
  return {
    ignores: ignorePaths.length === 0 ? undefined : pathMatcher(ignorePaths),
    redacted: redactedQueryParams,
    server: captured(captureHeaders.server),
    client: captured(captureHeaders.client),
    entry,
  }
}

function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  return (path) => exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix))
}

function captured({ request = [], response = [] }: HeaderNames = {}): Captured {
  return {
    request: request.map((name) => header('request', name)),
    response: response.map((name) => header('response', name)),
  }
}

function header(of: 'request' | 'response', given: string): Header {
  const name = given.toLowerCase()
  return { name, attribute: `http.${of}.header.${name}` }
}
