import { createContextKey, type Context, type SpanContext } from '@opentelemetry/api'
import { currentFields, setFields } from '@waybill/core'
import type { HttpEntryConfig, ResponseHeader } from './config.ts'
import { parentOf } from './samplers/parent.ts'
import { traceparentOf } from './propagators/trace-context.ts'

// Where an HTTP request enters: ids that came with it beside `traceparent`, and ids that go back with the answer.

/** Request headers as Node's servers have them: repeated ones are joined, or in a list. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** What of a response is needed to add a header. */
export interface HeaderTarget {
  readonly headersSent: boolean
  hasHeader(name: string): boolean
  setHeader(name: string, value: string): unknown
}

const UUID_OR_HEX = /^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i
const ZEROS = '0'.repeat(32)
/** What ids are made of; nothing that means something in a header, a line, a shell or a page. */
const CORRELATION_ID = /^[A-Za-z0-9][\w.:+/=@~-]{0,127}$/

/** A trace id to begin with; taken once, so that a second trace that begins in this context has its own. */
const TRACE_ID = createContextKey('waybill.entry.trace_id')

/** The HTTP entry as it is configured. */
export class HttpEntry {
  readonly #acceptTraceId: boolean
  readonly #answers: readonly ResponseHeader[]
  readonly #correlate: boolean

  constructor({ acceptTraceId, responseHeaders }: HttpEntryConfig) {
    this.#acceptTraceId = acceptTraceId
    this.#answers = responseHeaders
    this.#correlate = responseHeaders.includes('x-correlation-id')
  }

  /**
   * The context of a request, before its span: `extracted` with what `X-Trace-Id` says where no propagator found
   * a parent, and with a well-formed `X-Correlation-Id` as the field `request_id`. Anything else is passed over.
   */
  enter(extracted: Context, headers: RequestHeaders): Context {
    let ctx = extracted
    const given = headers['x-trace-id']
    if (given !== undefined && this.#acceptTraceId && !parentOf(extracted)) {
      const id = acceptTraceId(given)
      if (id !== undefined) ctx = ctx.setValue(TRACE_ID, { id })
    }
    const correlation = headers['x-correlation-id']
    if (correlation !== undefined && this.#correlate) {
      const id = acceptCorrelationId(correlation)
      if (id !== undefined) ctx = setFields(ctx, { request_id: id })
    }
    return ctx
  }

  /**
   * Add the headers of the answer: those that are configured and not there yet. The app may still set its own.
   *
   * @param ctx what `enter` returned, or what was made of it
   */
  answer(response: HeaderTarget, spanContext: SpanContext, ctx: Context): void {
    if (response.headersSent || this.#answers.length === 0) return
    const traceparent = traceparentOf(spanContext)
    // No trace is made where traces have no exporter.
    const traceId = spanContext.traceId === ZEROS ? undefined : spanContext.traceId
    for (const name of this.#answers) {
      if (response.hasHeader(name)) continue
      const correlation = name === 'x-correlation-id' ? currentFields(ctx).request_id : undefined
      if (correlation !== undefined) response.setHeader(name, correlation)
      if (correlation !== undefined || traceId === undefined) continue
      switch (name) {
        case 'x-trace-id':
        case 'x-correlation-id':
          response.setHeader(name, traceId)
          break
        case 'traceresponse':
          response.setHeader(name, traceparent)
          break
        case 'server-timing':
          response.setHeader(name, `traceparent;desc="${traceparent}"`)
      }
    }
  }
}

/** The id that `HttpEntry.enter` accepted for the next trace that begins in `ctx`. */
export function takeTraceId(ctx: Context): string | undefined {
  const given = ctx.getValue(TRACE_ID) as { id: string | undefined } | undefined
  const id = given?.id
  if (given) given.id = undefined
  return id
}

/** 32 hex digits, or a UUID, as a trace id; undefined for anything else, for zeros, and for more than one. */
export function acceptTraceId(header: string | readonly string[]): string | undefined {
  const text = single(header)
  if (text === undefined || text.length > 36 || !UUID_OR_HEX.test(text)) return undefined
  const id = text.replaceAll('-', '').toLowerCase()
  return id === ZEROS ? undefined : id
}

/** 1 to 128 characters of those that ids are made of; undefined for anything else. */
export function acceptCorrelationId(header: string | readonly string[]): string | undefined {
  const text = single(header)
  return text !== undefined && text.length <= 128 && CORRELATION_ID.test(text) ? text : undefined
}

function single(header: string | readonly string[]): string | undefined {
  if (typeof header === 'string') return header
  return header.length === 1 ? header[0] : undefined
}
