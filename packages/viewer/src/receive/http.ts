import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Intake } from '../intake.ts'
import { encodeResponse, encodeStatus, type Encoding } from '../otlp/encode.ts'
import { asRefusal } from '../refusal.ts'
import type { Signal } from '../rows.ts'
import { inflate, isCompression, readBody } from './body.ts'
import { isLoopbackHostHeader } from './host.ts'
import { closeServer, listen, trackSockets, type Receiver } from './listen.ts'

const SIGNALS: Record<string, Signal> = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/v1/metrics': 'metrics',
}
const CONTENT_TYPES: Record<Encoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

/** An answer that needs no body read; the gRPC code is what the Status in its body says. */
interface Answer {
  status: number
  code: number
  message: string
  headers?: Record<string, string>
}

/**
 * OTLP/HTTP: POST /v1/traces, /v1/logs and /v1/metrics, protobuf or JSON, plain or compressed.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function receiveHttp(
  intake: Intake,
  { port, host, allowRemote }: { port: number; host: string; allowRemote: boolean },
): Promise<Receiver> {
  const { limits } = intake
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerTimeoutMs,
      requestTimeout: limits.headerTimeoutMs + limits.bodyTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headerTimeoutMs),
      keepAliveTimeout: limits.idleMs,
    },
    (request, response) => void respond(intake, request, response, allowRemote),
  )
  server.maxHeadersCount = limits.headers
  server.maxConnections = limits.connections
  server.on('clientError', onClientError)
  const sockets = trackSockets(server)
  const url = await listen(server, port, host, 'httpPort')
  return { url, close: () => closeServer(server, sockets, () => server.closeIdleConnections()) }
}

/** Never rejects: whatever goes wrong is the answer. */
async function respond(
  intake: Intake,
  request: IncomingMessage,
  response: ServerResponse,
  allowRemote: boolean,
): Promise<void> {
  request.on('error', () => {})
  response.on('error', () => {})
  const encoding = encodingOf(request) ?? 'json'
  try {
    const answer = answerToHeaders(request, intake.limits.bodyBytes, allowRemote)
    if (answer) {
      intake.refuse(answer.message)
      send(
        request,
        response,
        answer.status,
        encoding,
        encodeStatus(answer.code, answer.message, encoding),
        answer.headers,
      )
      return
    }
    const body = await readBody(request, intake.limits.bodyBytes, intake)
    const signal = SIGNALS[pathOf(request)]!
    const compression = compressionOf(request)
    const bytes = isCompression(compression) ? inflate(body, compression, intake.limits.inflatedBytes) : body
    const outcome = intake.take(signal, bytes, encoding)
    send(request, response, 200, encoding, encodeResponse(signal, outcome, encoding))
  } catch (error) {
    const refusal = asRefusal(error)
    intake.refuse(refusal.message)
    send(
      request,
      response,
      refusal.httpStatus,
      encoding,
      encodeStatus(refusal.grpcStatus, refusal.message, encoding),
    )
  }
}

/** What can be said before the body is read; undefined where the request is one that we take. */
function answerToHeaders(
  request: IncomingMessage,
  mostBytes: number,
  allowRemote: boolean,
): Answer | undefined {
  if (!allowRemote && !isLoopbackHostHeader(request.headers.host)) {
    return {
      status: 403,
      code: 7,
      message: 'the Host header does not name this machine (allowRemote lets it in)',
    }
  }
  if (!Object.hasOwn(SIGNALS, pathOf(request))) {
    return { status: 404, code: 5, message: 'OTLP/HTTP is at /v1/traces, /v1/logs and /v1/metrics' }
  }
  if (request.method !== 'POST') {
    return { status: 405, code: 12, message: 'OTLP/HTTP takes POST', headers: { allow: 'POST' } }
  }
  if (encodingOf(request) === undefined) {
    return {
      status: 415,
      code: 3,
      message: 'the content type must be application/x-protobuf or application/json',
    }
  }
  const compression = compressionOf(request)
  if (compression !== '' && compression !== 'identity' && !isCompression(compression)) {
    const headers = { 'accept-encoding': 'gzip, deflate' }
    return { status: 415, code: 12, message: 'the content encoding must be gzip or deflate', headers }
  }
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
    return { status: 413, code: 8, message: `the body is larger than ${mostBytes} bytes` }
  }
  return undefined
}

/** Answers, and reads on what still comes in without keeping it, so that the sender gets to see the answer. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  encoding: Encoding,
  body: Buffer,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, {
    'content-type': CONTENT_TYPES[encoding],
    'content-length': body.byteLength,
    'x-content-type-options': 'nosniff',
    ...(status === 503 && { 'retry-after': '1' }),
    ...(status === 408 && { connection: 'close' }),
    ...headers,
  })
  response.end(body)
  request.resume()
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*$/s, '')
}

function encodingOf(request: IncomingMessage): Encoding | undefined {
  const type = request.headers['content-type']?.replace(/;.*$/s, '').trim().toLowerCase()
  return type === CONTENT_TYPES.json ? 'json' : type === CONTENT_TYPES.protobuf ? 'protobuf' : undefined
}

function compressionOf(request: IncomingMessage): string {
  return (request.headers['content-encoding'] ?? '').trim().toLowerCase()
}

/** Bytes that are not HTTP/1.1, or not in time. */
function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.destroyed || !socket.writable) return
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'the headers are too large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'the request did not arrive in time']
        : ['400 Bad Request', 'this port takes OTLP over plain HTTP/1.1, not gRPC or TLS']
  const body = JSON.stringify({ code: 3, message })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
