import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type MeterProvider,
  type Span,
} from '@opentelemetry/api'
import { errorType, failSpan, hidden, reportInternal } from '@waybill/core'
import type { HttpConfig, HttpSettings } from './http/config.ts'
import type { DurationHistogram } from './http/duration.ts'
import { ChannelInstrumentation, durationHistogram } from './http/instrumentation.ts'
import * as semconv from './http/semconv.ts'
import { RequestSpanOptions } from './http/span-options.ts'
import {
  undiciHeader,
  undiciRequestSetter,
  undiciResponseHeader,
  type UndiciRequest,
  type UndiciResponse,
} from './http/undici-request.ts'
import { readTarget } from './http/url.ts'

const NAME = '@waybill/node/undici'

interface Message {
  readonly request: UndiciRequest
  readonly socket: Socket
  readonly response: UndiciResponse
  readonly error: unknown
}

const sent = hidden<SentRequest>()

/** One span and one duration for each request by `fetch` and undici, heard on undici's diagnostics channels. */
export class UndiciInstrumentation extends ChannelInstrumentation {
  declare private duration: DurationHistogram

  constructor(config: HttpConfig = {}) {
    super(NAME, config)
  }

  setMeterProvider(provider: MeterProvider): void {
    this.duration = durationHistogram(provider, NAME, 'client')
  }

  /** What it does with a message of `undici:request:create`, for one that was sent before it listened. */
  onRequestCreated(message: unknown): void {
    const { request } = message as Message
    if (request.method === 'CONNECT' || sent.get(request)) return
    const active = context.active()
    const { origin } = request
    const url = typeof origin === 'string' ? readOrigin(origin) : readOrigin(origin.origin)
    const options = new UndiciSpanOptions(SpanKind.CLIENT, request, url, this.settings)
    const method = semconv.knownMethod(request.method)
    const span = this.tracer.startSpan(method === '_OTHER' ? 'HTTP' : method, options, active)
    const requestContext = trace.setSpan(active, span)
    propagation.inject(requestContext, request, undiciRequestSetter)
    sent.set(request, new SentRequest(span, requestContext, method, url))
  }

  protected listen(): () => void {
    const listeners = Object.entries<(message: Message) => void>({
      'undici:request:create': (message) => this.onRequestCreated(message),
      'undici:client:sendHeaders': ({ request, socket }) =>
        sent.get(request)?.connect(request, socket, this.settings),
      'undici:request:headers': ({ request, response }) =>
        sent.get(request)?.respond(response, this.settings),
      'undici:request:trailers': ({ request }) => sent.get(request)?.end(undefined, this.duration),
      'undici:request:error': ({ request, error }) => sent.get(request)?.end(error, this.duration),
    }).map(([channel, hear]) => {
      const listener = (message: unknown): void => {
        try {
          hear(message as Message)
        } catch (error) {
          reportInternal(channel, error)
        }
      }
      subscribe(channel, listener)
      return () => unsubscribe(channel, listener)
    })
    return () => {
      for (const stop of listeners) stop()
    }
  }
}

/** A request that is on its way. */
class SentRequest {
  readonly #span: Span
  readonly #context: Context
  readonly #method: string
  readonly #url: Origin
  readonly #startedAt: number = performance.now()
  #version: string | undefined
  #status: number | undefined
  #ended = false

  constructor(span: Span, requestContext: Context, method: string, url: Origin) {
    this.#span = span
    this.#context = requestContext
    this.#method = method
    this.#url = url
  }

  connect(request: UndiciRequest, socket: Socket, settings: HttpSettings): void {
    this.#version = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2' ? '2' : '1.1'
    const span = this.#span
    if (!span.isRecording()) return
    const { remoteAddress, remotePort } = socket
    if (remoteAddress !== undefined) span.setAttribute(semconv.PEER_ADDRESS, remoteAddress)
    if (remotePort !== undefined) span.setAttribute(semconv.PEER_PORT, remotePort)
    span.setAttribute(semconv.PROTOCOL_VERSION, this.#version)
    for (const { name, attribute } of settings.client.request) {
      const values = semconv.headerValues(undiciHeader(request, name))
      if (values) span.setAttribute(attribute, values)
    }
  }

  respond(response: UndiciResponse, settings: HttpSettings): void {
    this.#status = response.statusCode
    const span = this.#span
    if (!span.isRecording()) return
    span.setAttribute(semconv.STATUS_CODE, response.statusCode)
    for (const { name, attribute } of settings.client.response) {
      const values = undiciResponseHeader(response, name)
      if (values) span.setAttribute(attribute, values)
    }
  }

  end(error: unknown, duration: DurationHistogram): void {
    if (this.#ended) return
    this.#ended = true
    const span = this.#span
    const status = this.#status
    const failed = error !== undefined && !isAbort(error)
    const type = failed
      ? errorType(error)
      : status !== undefined && semconv.clientFailed(status)
        ? String(status)
        : undefined
    if (failed) failSpan(span, error)
    else if (type !== undefined) {
      span.setAttribute(semconv.ERROR_TYPE, type)
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end()
    const attributes: Attributes = {
      [semconv.METHOD]: this.#method,
      [semconv.SCHEME]: this.#url.scheme,
      [semconv.SERVER_ADDRESS]: this.#url.host,
      [semconv.SERVER_PORT]: this.#url.port,
    }
    if (this.#version !== undefined) attributes[semconv.PROTOCOL_VERSION] = this.#version
    if (status !== undefined) attributes[semconv.STATUS_CODE] = status
    if (type !== undefined) attributes[semconv.ERROR_TYPE] = type
    duration.record((performance.now() - this.#startedAt) / 1000, attributes, this.#context)
  }
}

/** The app has given up on it: no error of the request. */
function isAbort(error: unknown): boolean {
  return error instanceof Object && 'name' in error && error.name === 'AbortError'
}

class UndiciSpanOptions extends RequestSpanOptions<UndiciRequest, Origin> {
  get attributes(): Attributes {
    const { method, path: target } = this.request
    const { scheme, host, port, origin } = this.peer
    const { path, query } = readTarget(target, this.settings.redacted)
    const attributes: Attributes = {}
    semconv.setMethod(attributes, method)
    attributes[semconv.FULL] = query === '' ? origin + path : `${origin}${path}?${query}`
    attributes[semconv.PATH] = path
    attributes[semconv.SCHEME] = scheme
    attributes[semconv.SERVER_ADDRESS] = host
    attributes[semconv.SERVER_PORT] = port
    if (query !== '') attributes[semconv.QUERY] = query
    const userAgent = undiciHeader(this.request, 'user-agent')
    if (userAgent !== undefined)
      attributes[semconv.USER_AGENT] = Array.isArray(userAgent) ? userAgent.at(-1)! : userAgent
    return attributes
  }
}

interface Origin {
  readonly origin: string
  readonly scheme: string
  readonly host: string
  readonly port: number
}

// A process talks to few servers, mostly to the one it has just talked to.
let last: Origin & { readonly given: string } = { given: '', origin: '', scheme: '', host: '', port: 0 }

function readOrigin(given: string): Origin {
  if (given === last.given) return last
  const { origin, protocol, hostname, port } = new URL(given)
  const scheme = protocol.slice(0, -1)
  last = { given, origin, scheme, host: hostname, port: Number(port) || (scheme === 'https' ? 443 : 80) }
  return last
}
