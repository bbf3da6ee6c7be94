import type { IncomingMessage, ServerResponse } from 'node:http'
import { SpanStatusCode, type Attributes, type Context, type Span } from '@opentelemetry/api'
import { RPCType, type RPCMetadata } from '@opentelemetry/core'
import { errorType } from '@waybill/core'
import { routeOf } from '../routes.ts'
import { clientAddress, serverAddress } from './address.ts'
import type { HttpSettings } from './config.ts'
import type { Connection } from './connection.ts'
import * as semconv from './semconv.ts'
import { RequestSpanOptions } from './span-options.ts'
import { readTarget } from './url.ts'

/**
 * What the context of a request knows of it. Frameworks find it there, as the metadata of the call, and tell their
 * route. It must not lead to the request or the response: contexts live as long as what was begun in them, and
 * would keep both from being collected while they are young.
 */
export class ServerCall implements RPCMetadata {
  readonly type: RPCType.HTTP = RPCType.HTTP
  readonly span: Span
  route?: string
  /** The handler has thrown: the span has that error. */
  failed = false

  constructor(span: Span) {
    this.span = span
  }
}

/** A request that is being answered. */
export class ServerRequest {
  readonly call: ServerCall
  readonly response: ServerResponse
  readonly context: Context
  /** Neither span nor metric is asked for. */
  readonly ignored: boolean
  readonly startedAt: number = performance.now()
  bodyIsInContext = false

  constructor(call: ServerCall, response: ServerResponse, ctx: Context, ignored: boolean) {
    this.call = call
    this.response = response
    this.context = ctx
    this.ignored = ignored
  }

  /** What is known of the answer goes onto the span. @returns the attributes of the metric */
  finish(
    request: IncomingMessage,
    { scheme }: Connection,
    settings: HttpSettings,
    complete: boolean,
  ): Attributes {
    const { call, response } = this
    const { span } = call
    const status = complete || response.headersSent ? response.statusCode : undefined
    const route = call.route ?? routeOf(request)
    const error = this.#error(status)
    const attributes: Attributes = {
      [semconv.METHOD]: semconv.knownMethod(request.method ?? 'GET'),
      [semconv.SCHEME]: scheme,
      [semconv.PROTOCOL_VERSION]: request.httpVersion,
    }
    if (status !== undefined) attributes[semconv.STATUS_CODE] = status
    if (route) attributes[semconv.ROUTE] = route
    if (error !== undefined) attributes[semconv.ERROR_TYPE] = error
    if (!span.isRecording()) return attributes
    if (status !== undefined) span.setAttribute(semconv.STATUS_CODE, status)
    if (route) {
      span.setAttribute(semconv.ROUTE, route)
      span.updateName(`${request.method ?? 'GET'} ${route}`)
    }
    if (error !== undefined && !call.failed) {
      span.setAttribute(semconv.ERROR_TYPE, error)
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    for (const { name, attribute } of settings.server.response) {
      const values = semconv.headerValues(response.getHeader(name))
      if (values) span.setAttribute(attribute, values)
    }
    return attributes
  }

  /** `error.type`; undefined where there was none. */
  #error(status: number | undefined): string | undefined {
    const { errored } = this.response
    if (errored) return errorType(errored)
    // The client has not waited for an answer.
    if (status === undefined) return 'ECONNRESET'
    return semconv.serverFailed(status) ? String(status) : undefined
  }
}

export class ServerSpanOptions extends RequestSpanOptions<IncomingMessage, Connection> {
  get attributes(): Attributes {
    const { headers, method, url, httpVersion } = this.request
    const { scheme, peerAddress, peerPort } = this.peer
    const { path, query } = readTarget(url ?? '/', this.settings.redacted)
    const attributes: Attributes = {}
    semconv.setMethod(attributes, method ?? 'GET')
    attributes[semconv.SCHEME] = scheme
    attributes[semconv.PATH] = path
    attributes[semconv.PROTOCOL_VERSION] = httpVersion
    if (query !== '') attributes[semconv.QUERY] = query
    const server = serverAddress(headers, scheme)
    if (server) {
      attributes[semconv.SERVER_ADDRESS] = server.host
      if (server.port !== undefined) attributes[semconv.SERVER_PORT] = Number(server.port)
    }
    const client = clientAddress(headers, peerAddress)
    if (client !== undefined) attributes[semconv.CLIENT_ADDRESS] = client
    if (peerAddress !== undefined) attributes[semconv.PEER_ADDRESS] = peerAddress
    if (peerPort !== undefined) attributes[semconv.PEER_PORT] = peerPort
    if (headers['user-agent'] !== undefined) attributes[semconv.USER_AGENT] = headers['user-agent']
    for (const { name, attribute } of this.settings.server.request) {
      const values = semconv.headerValues(headers[name])
      if (values) attributes[attribute] = values
    }
    return attributes
  }
}
