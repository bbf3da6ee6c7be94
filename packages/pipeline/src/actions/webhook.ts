import { context, trace, type Span } from '@opentelemetry/api'
import { injectHeaders } from '@waybill/core'
import {
  METHOD,
  redactUrl,
  requestAttributes,
  requestSpanName,
  RESPONSE_TIME_MS,
  STATUS,
  TARGET_URL,
} from '../semconv.ts'
import { withoutTracing } from '../suppress.ts'
import { ActionError, retrying, type RetryOptions } from './attempts.ts'
import type { Action } from './custom.ts'

export interface WebhookOptions<E> {
  name: string
  /** http or https. Credentials in it are sent as Basic authorization. */
  url: string | URL | ((event: E) => string | URL)
  /** @default 'POST' */
  method?: string
  headers?: Record<string, string> | ((event: E) => Record<string, string>)
  /** What to send: text or bytes as they are, undefined for no body, anything else as JSON. @default the event */
  body?: (event: E) => unknown
  /** Milliseconds for one attempt, answer included. @default 10000 */
  timeoutMs?: number
  retry?: RetryOptions
  /** @default the global fetch at the time of the call */
  fetch?: typeof globalThis.fetch
}

/** An answer is read up to here, so that its connection can be used again; a longer one is cut off. */
const MAX_ANSWER = 64 * 1024

/**
 * An action that sends the event by HTTP, with the trace context in the request's headers.
 *
 * @throws RangeError when `timeoutMs` or an option of `retry` is out of range, TypeError when `method` is no method
 */
export function webhook<E>({
  name,
  url: target,
  method: givenMethod = 'POST',
  headers,
  body = (event) => event,
  timeoutMs = 10_000,
  retry,
  fetch: ownFetch,
}: WebhookOptions<E>): Action<E> {
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31))
    throw new RangeError('timeoutMs must be a number from 1 to 2147483647')
  const method = givenMethod.toUpperCase()
  if (!/^[A-Z-]{1,32}$/.test(method)) throw new TypeError('method must be the name of an HTTP method')
  const takesBody = method !== 'GET' && method !== 'HEAD'
  const spanName = requestSpanName(method)
  const tryAgain = retrying(trace.getTracer('@waybill/pipeline'), retry)

  async function run(event: E, actionSpan: Span): Promise<void> {
    const url = readUrl(name, typeof target === 'function' ? target(event) : target)
    const redacted = redactUrl(url)
    actionSpan.setAttributes({ [TARGET_URL]: redacted, [METHOD]: method })
    const request = makeRequest(name, typeof headers === 'function' ? headers(event) : headers, url)
    const content = takesBody ? makeBody(body(event), request) : undefined

    await tryAgain({
      name: spanName,
      attributes: (attempt) => requestAttributes(method, url, attempt),
      run: (span) => send(span, actionSpan, url, redacted, request, content),
    })
  }

  async function send(
    span: Span,
    actionSpan: Span,
    url: URL,
    redacted: string,
    request: Record<string, string>,
    content: string | Uint8Array<ArrayBuffer> | undefined,
  ): Promise<void> {
    const init: RequestInit = {
      method,
      headers: injectHeaders(context.active(), request),
      signal: AbortSignal.timeout(timeoutMs),
    }
    if (content !== undefined) init.body = content
    const start = performance.now()
    let response: Response
    try {
      // Ours is the client span: instrumentations of fetch would make a second one inside it.
      response = await withoutTracing(() => (ownFetch ?? fetch)(url.href, init))
    } catch (error) {
      const code = networkCode(error)
      throw new ActionError(`webhook ${name}: ${method} ${redacted}: ${code}`, {
        code,
        transient: true,
        cause: error,
      })
    } finally {
      actionSpan.setAttribute(RESPONSE_TIME_MS, performance.now() - start)
    }
    const { status } = response
    span.setAttribute('http.response.status_code', status)
    actionSpan.setAttribute(STATUS, status)
    await drain(response)
    if (status < 400) return
    throw new ActionError(`webhook ${name}: ${method} ${redacted} answered ${status}`, {
      code: String(status),
      transient: status === 408 || status === 429 || status >= 500,
      retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
    })
  }

  return { name, type: 'webhook', run }
}

function readUrl(name: string, target: string | URL): URL {
  const url = URL.canParse(String(target)) ? new URL(String(target)) : undefined
  // The value itself is left out of the message: it may hold a secret.
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new TypeError(`webhook ${name}: the url is not one of http or https`)
  return url
}

/** The request's headers, names in lower case. Credentials move out of `url`, where fetch does not take them. */
function makeRequest(
  name: string,
  given: Record<string, string> | undefined,
  url: URL,
): Record<string, string> {
  const headers = new Headers()
  for (const [key, value] of Object.entries(given ?? {})) {
    try {
      headers.set(key, value)
    } catch {
      // fetch's own message quotes the value, which may be a secret.
      throw new TypeError(`webhook ${name}: a header's name or value is not well-formed`)
    }
  }
  if (url.username !== '' || url.password !== '') {
    const credentials = `${decoded(url.username)}:${decoded(url.password)}`
    if (!headers.has('authorization'))
      headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`)
    url.username = ''
    url.password = ''
  }
  return Object.fromEntries(headers)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function makeBody(
  body: unknown,
  headers: Record<string, string>,
): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>
  headers['content-type'] ??= 'application/json'
  return JSON.stringify(body)
}

async function drain(response: Response): Promise<void> {
  try {
    const reader = response.body?.getReader()
    for (let size = 0; reader !== undefined;) {
      const { done, value } = await reader.read()
      if (done) return
      size += value.byteLength
      if (size > MAX_ANSWER) return await reader.cancel()
    }
  } catch {
    // The status is what counts, and it is there: an answer that breaks off changes nothing.
  }
}

/** `fetch failed` says nothing; the reason is in its cause. */
function networkCode(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown; name?: unknown } | null; name?: unknown }
  if (typeof cause?.code === 'string') return cause.code
  return typeof name === 'string' ? name : 'Error'
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-retry-after: seconds or a date. Milliseconds, or undefined. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
