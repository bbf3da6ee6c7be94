import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { Intake } from '../intake.ts'
import { encodeResponse } from '../otlp/encode.ts'
import { asRefusal } from '../refusal.ts'
import type { Signal } from '../rows.ts'
import { readBody } from './body.ts'
import { ACCEPTED_ENCODINGS, frame, HEADER_BYTES, unframe } from './grpc-frame.ts'
import { closeServer, listen, trackSockets, type Receiver } from './listen.ts'
import { awaitPreface } from './preface.ts'

const SIGNALS: Record<string, Signal> = {
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': 'traces',
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': 'logs',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': 'metrics',
}
const UNIMPLEMENTED = 12

/**
 * OTLP/gRPC over plain-text HTTP/2, by node:http2 alone.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export async function receiveGrpc(
  intake: Intake,
  { port, host }: { port: number; host: string },
): Promise<Receiver> {
  const { limits } = intake
  const http2 = createServer({
    maxSessionMemory: 32,
    maxHeaderListPairs: limits.headers,
    settings: {
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerBytes,
      initialWindowSize: 1024 * 1024,
      enablePush: false,
    },
  })
  const sessions = new Set<ServerHttp2Session>()
  http2.on('session', (session) => {
    sessions.add(session)
    session.setTimeout(limits.idleMs, () => session.close())
    session.once('close', () => sessions.delete(session))
  })
  http2.on('sessionError', () => {})
  http2.on('stream', (stream, headers) => void respond(intake, stream, headers))

  // In front, so that what does not speak HTTP/2 gets a clear answer instead of binary frames.
  const silent = new Set<Socket>()
  const server = createTcpServer((socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
    awaitPreface(socket, limits.headerTimeoutMs, () => {
      silent.delete(socket)
      http2.emit('connection', socket)
    })
  })
  server.maxConnections = limits.connections
  const sockets = trackSockets(server)
  const url = await listen(server, port, host, 'grpcPort')
  const finish = (): void => {
    for (const session of sessions) session.close()
    for (const socket of silent) socket.destroy()
  }
  return { url, close: () => closeServer(server, sockets, finish) }
}

/** Never rejects: whatever goes wrong is the answer. */
async function respond(
  intake: Intake,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  stream.on('error', () => {})
  try {
    const type = String(headers['content-type'] ?? '')
    if (headers[':method'] !== 'POST' || !/^application\/grpc(\+proto)?(;|$)/i.test(type)) {
      const status = headers[':method'] === 'POST' ? 415 : 405
      intake.refuse('this port takes OTLP/gRPC')
      finish(stream, { ':status': status, ...(status === 405 && { allow: 'POST' }) })
      return
    }
    const path = headers[':path'] ?? ''
    if (!Object.hasOwn(SIGNALS, path)) {
      intake.refuse('a gRPC method that is not OTLP')
      fail(
        stream,
        UNIMPLEMENTED,
        'OTLP has the Export method of TraceService, LogsService and MetricsService',
      )
      return
    }
    const signal = SIGNALS[path]!
    const body = await readBody(stream, intake.limits.bodyBytes + HEADER_BYTES, intake)
    const message = unframe(body, String(headers['grpc-encoding'] ?? 'identity'), intake.limits.inflatedBytes)
    const outcome = intake.take(signal, message, 'protobuf')
    succeed(stream, frame(encodeResponse(signal, outcome, 'protobuf')))
  } catch (error) {
    const refusal = asRefusal(error)
    intake.refuse(refusal.message)
    fail(stream, refusal.grpcStatus, refusal.message)
  }
}

function succeed(stream: ServerHttp2Stream, body: Buffer): void {
  if (stream.destroyed || stream.closed) return
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(body)
}

function fail(stream: ServerHttp2Stream, code: number, message: string): void {
  finish(stream, {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': String(code),
    'grpc-message': encodeURIComponent(message.toWellFormed()),
    'grpc-accept-encoding': ACCEPTED_ENCODINGS,
  })
}

/** Answers by headers alone, and tells the sender to stop where it is still sending. */
function finish(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return
  stream.respond(headers, { endStream: true })
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}
