import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { errorType, failSpan, hidden, reportInternal } from '@waybill/core'
import { authorityOf, clientUrl, type Authority } from './client-url.ts'
import type { HttpSettings } from './config.ts'
import { clientRequestSetter } from './inject.ts'
import * as semconv from './semconv.ts'
import { RequestSpanOptions } from './span-options.ts'
import type { Listening, Means } from './server.ts'

const CREATED = 'http.client.request.created'
/** Of the head of the response, whatever its name says. */
const RESPONSE = 'http.client.response.finish'
const ERROR = 'http.client.request.error'

interface Message {
  readonly request: ClientRequest
  readonly response: IncomingMessage
  readonly error: unknown
}

/** `upgrade`: the connection is no longer Node's. */
type Response = IncomingMessage & { readonly upgrade?: boolean | null }

const sent = hidden<SentRequest>()

/**
 * Spans and metric of the requests that `http.request`, `https.request` and what is built on them make. Heard on
 * Node's own channels: the app keeps the functions and the request objects that Node has made, and Node itself
 * runs their listeners in the context of the caller.
 *
 * @param means asked at each request: providers may be set later
 */
export function listenForClientRequests(means: () => Means): Listening {
  const onCreated = (message: unknown): void => {
    try {
      begin((message as Message).request, means())
    } catch (error) {
      reportInternal('http client request', error)
    }
  }
  const onResponse = (message: unknown): void => {
    try {
      const { request, response } = message as Message
      sent.get(request)?.respond(request, response, means().settings)
    } catch (error) {
      reportInternal('http client response', error)
    }
  }
  const onError = (message: unknown): void => {
    const { request, error } = message as Message
    const known = sent.get(request)
    if (known) known.error ??= error
  }
  // Every request comes to it: after the end of its response, an error, or with its connection.
  const onClose = function (this: ClientRequest): void {
    try {
      const request = sent.get(this)
      if (!request) return
      const { duration, settings } = means()
      const attributes = request.close(this, settings)
      duration.record((performance.now() - request.startedAt) / 1000, attributes, request.context)
    } catch (error) {
      reportInternal('http client end', error)
    }
  }

  function begin(request: ClientRequest, { tracer, settings }: Means): void {
    const active = context.active()
    const authority = authorityOf(request)
    const options = new ClientSpanOptions(SpanKind.CLIENT, request, authority, settings)
    const span = tracer.startSpan(request.method, options, active)
    const requestContext = trace.setSpan(active, span)
    propagation.inject(requestContext, request, clientRequestSetter)
    sent.set(request, new SentRequest(span, requestContext, authority))
    request.on('close', onClose)
  }

  subscribe(CREATED, onCreated)
  subscribe(RESPONSE, onResponse)
  subscribe(ERROR, onError)
  return {
    hear: onCreated,
    stop() {
      unsubscribe(CREATED, onCreated)
      unsubscribe(RESPONSE, onResponse)
      unsubscribe(ERROR, onError)
    },
  }
}

/** A request that is on its way. */
class SentRequest {
  readonly span: Span
  readonly context: Context
  readonly startedAt: number = performance.now()
  error: unknown
  #authority: Authority
  #response: Response | undefined

  constructor(span: Span, requestContext: Context, authority: Authority) {
    this.span = span
    this.context = requestContext
    this.#authority = authority
  }

  respond(request: ClientRequest, response: IncomingMessage, settings: HttpSettings): void {
    this.#response = response
    const { span } = this
    if (this.#authority.portIsGuessed) {
      this.#authority = authorityOf(request)
      span.setAttribute(semconv.SERVER_PORT, this.#authority.port)
      span.setAttribute(semconv.FULL, clientUrl(request, this.#authority, settings.redacted))
    }
    if (!span.isRecording()) return
    const { remoteAddress, remotePort } = (response.socket as Socket | null) ?? {}
    if (remoteAddress !== undefined) span.setAttribute(semconv.PEER_ADDRESS, remoteAddress)
    if (remotePort !== undefined) span.setAttribute(semconv.PEER_PORT, remotePort)
    span.setAttribute(semconv.PROTOCOL_VERSION, response.httpVersion)
    for (const { name, attribute } of settings.client.request) {
      const values = semconv.headerValues(request.getHeader(name))
      if (values) span.setAttribute(attribute, values)
    }
    for (const { name, attribute } of settings.client.response) {
      const values = semconv.headerValues(response.headers[name])
      if (values) span.setAttribute(attribute, values)
    }
  }

  /** @returns the attributes of the metric */
  close(request: ClientRequest, settings: HttpSettings): Attributes {
    const { span } = this
    // The answer to an upgrade or CONNECT is on no channel.
    const response = this.#response ?? (request as { res?: Response | null }).res ?? undefined
    if (response && !this.#response) this.respond(request, response, settings)
    const status = response?.statusCode
    const failure =
      this.error ?? (response && !response.complete && !response.upgrade ? cutOff(response) : undefined)
    const attributes: Attributes = {}
    const { host, port } = this.#authority
    attributes[semconv.METHOD] = semconv.knownMethod(request.method)
    attributes[semconv.SERVER_ADDRESS] = host
    attributes[semconv.SERVER_PORT] = port
    if (response) attributes[semconv.PROTOCOL_VERSION] = response.httpVersion
    if (status !== undefined) attributes[semconv.STATUS_CODE] = status
    if (failure !== undefined) attributes[semconv.ERROR_TYPE] = errorType(failure)
    else if (status !== undefined && semconv.clientFailed(status))
      attributes[semconv.ERROR_TYPE] = String(status)
    if (!span.isRecording()) return attributes

    if (status !== undefined) span.setAttribute(semconv.STATUS_CODE, status)
    const type = attributes[semconv.ERROR_TYPE]
    if (failure !== undefined) failSpan(span, failure)
    else if (type !== undefined) {
      span.setAttribute(semconv.ERROR_TYPE, type)
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end()
    return attributes
  }
}

/** The connection ended within the response, or the app has enough of it. */
function cutOff(response: IncomingMessage): unknown {
  return response.errored ?? Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
}

class ClientSpanOptions extends RequestSpanOptions<ClientRequest, Authority> {
  get attributes(): Attributes {
    const request = this.request
    const attributes: Attributes = {}
    semconv.setMethod(attributes, request.method)
    attributes[semconv.SERVER_ADDRESS] = this.peer.host
    attributes[semconv.SERVER_PORT] = this.peer.port
    attributes[semconv.FULL] = clientUrl(request, this.peer, this.settings.redacted)
    const userAgent = request.getHeader('user-agent')
    if (userAgent !== undefined) attributes[semconv.USER_AGENT] = String(userAgent)
    return attributes
  }
}
