import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { context, INVALID_SPAN_CONTEXT, propagation, SpanKind, trace, type Tracer } from '@opentelemetry/api'
import { getRPCMetadata, setRPCMetadata, suppressTracing } from '@opentelemetry/core'
import { failSpan, hidden, LINKED_ROOT, reportInternal } from '@waybill/core'
import type { HttpSettings } from './config.ts'
import { Connection } from './connection.ts'
import type { DurationHistogram } from './duration.ts'
import { ServerCall, ServerRequest, ServerSpanOptions } from './server-request.ts'
import { keepTickShape } from './tick-shape.ts'
import { UNTRACED } from '../../untraced.ts'

const START = 'http.server.request.start'
const FINISH = 'http.server.response.finish'
/** Observes only: whether the process goes on is as it was. */
const UNCAUGHT = 'uncaughtExceptionMonitor'

interface Message {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
  readonly server?: { readonly [UNTRACED]?: true }
}

/** What the listener makes of what it hears. */
export interface Means {
  readonly tracer: Tracer
  readonly duration: DurationHistogram
  readonly settings: HttpSettings
}

export interface Listening {
  /** What is done with a message of its first channel: for one that was sent before it listened. */
  readonly hear: (message: unknown) => void
  readonly stop: () => void
}

/** Connections are found by their socket; two listeners would make two spans of each request. */
const connections = hidden<Connection>()

/**
 * Spans, metric and context of the requests that servers get, heard on Node's own channels: `http`, `https`, and
 * the HTTP/1 side of `http2`. Nothing of the app is wrapped.
 *
 * @param means asked at each request: providers may be set later
 */
export function listenForServerRequests(means: () => Means): Listening {
  const onStart = (message: unknown): void => {
    try {
      start(message as Message, means())
    } catch (error) {
      reportInternal('http server request', error)
    }
  }
  const onFinish = (message: unknown): void => {
    try {
      const { request, response, socket } = message as Message
      const connection = connections.get(socket)
      const answered = connection?.finish(response)
      if (answered) end(answered, request, connection!, means(), true)
    } catch (error) {
      reportInternal('http server response', error)
    }
  }
  // The app hears of the end of a connection after us.
  const onSocketClose = function (this: Socket): void {
    try {
      const connection = connections.get(this)
      for (const request of connection?.close() ?? []) {
        end(request, request.response.req, connection!, means(), isComplete(request.response))
      }
    } catch (error) {
      reportInternal('http server connection', error)
    }
  }

  function start({ request, response, socket, server }: Message, { tracer, settings }: Means): void {
    if (server?.[UNTRACED]) return
    let connection = connections.get(socket)
    if (!connection) {
      connections.set(socket, (connection = new Connection(socket)))
      socket.prependListener('close', onSocketClose)
    }
    const { headers, method = 'GET' } = request
    const ignored = settings.ignores?.(pathOf(request)) ?? false
    let served: ServerRequest
    if (ignored) {
      const call = new ServerCall(trace.wrapSpanContext(INVALID_SPAN_CONTEXT))
      served = new ServerRequest(call, response, suppressTracing(LINKED_ROOT), ignored)
    } else {
      const { entry } = settings
      const extracted = propagation.extract(LINKED_ROOT, headers)
      const parent = entry ? entry.enter(extracted, headers) : extracted
      const span = tracer.startSpan(
        method,
        new ServerSpanOptions(SpanKind.SERVER, request, connection, settings),
        parent,
      )
      const call = new ServerCall(span)
      served = new ServerRequest(call, response, setRPCMetadata(trace.setSpan(parent, span), call), ignored)
      entry?.answer(response, span.spanContext(), served.context)
    }
    const hasBody = 'transfer-encoding' in headers || (headers['content-length'] ?? '0') !== '0'
    connection.begin(served, hasBody)
  }

  keepTickShape()
  subscribe(START, onStart)
  subscribe(FINISH, onFinish)
  process.on(UNCAUGHT, onUncaught)
  return {
    hear: onStart,
    stop() {
      unsubscribe(START, onStart)
      unsubscribe(FINISH, onFinish)
      process.off(UNCAUGHT, onUncaught)
    },
  }
}

function end(
  served: ServerRequest,
  request: IncomingMessage,
  connection: Connection,
  { duration, settings }: Means,
  complete: boolean,
): void {
  if (served.ignored) return
  const attributes = served.finish(request, connection, settings, complete)
  served.call.span.end()
  duration.record((performance.now() - served.startedAt) / 1000, attributes, served.context)
}

/** What a handler throws, at once or later, and no one catches. A process that ends by it answers no more. */
function onUncaught(error: unknown): void {
  try {
    const call = getRPCMetadata(context.active())
    if (!(call instanceof ServerCall) || !call.span.isRecording()) return
    const { span } = call
    call.failed = true
    failSpan(span, error)
    const goesOn =
      process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()
    if (!goesOn) span.end()
  } catch (problem) {
    reportInternal('http uncaught exception', problem)
  }
}

/** All of it was handed to the system, though the connection ended before Node has said so. */
function isComplete(response: ServerResponse): boolean {
  return response.writableFinished || (response.writableEnded && response.writableLength === 0)
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}
