import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { Server } from 'node:net'
import { leaveUnread, type Exchange } from './listen.ts'

const UNAVAILABLE = 14
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
/** One byte that says whether the message is compressed, four for its length. */
const PREFIX = 5
const WINDOW = 4 * 2 ** 20

/** OTLP over gRPC, in plain text. */
export function grpcServer(hear: (exchange: Exchange) => void, slow: () => number): Server {
  const server: Http2Server = createServer({
    maxSessionMemory: 128,
    settings: { initialWindowSize: WINDOW, maxConcurrentStreams: 1000 },
  })
  server.on('session', (session) => {
    session.on('error', () => {})
    // Without it all streams of a connection share 64 KiB: HTTP/2's own default is not what is measured.
    session.setLocalWindowSize(2 * WINDOW)
  })
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    leaveUnread(stream, slow())
    stream.on('end', () => {
      const framed = Buffer.concat(chunks)
      // Who asked has gone in the middle.
      if (framed.length < PREFIX || framed.length < PREFIX + framed.readUInt32BE(1)) return
      hear({
        traces: headers[':path'] === TRACES,
        body: {
          type: 'application/x-protobuf',
          encoding: framed[0] === 1 ? String(headers['grpc-encoding']) : '',
          chunks: [framed.subarray(PREFIX)],
        },
        accept() {
          if (stream.destroyed || stream.closed) return false
          begin(stream, '0').end(Buffer.alloc(PREFIX))
          return true
        },
        refuse() {
          if (stream.destroyed || stream.closed) return
          const status = { 'grpc-status': String(UNAVAILABLE), 'grpc-message': 'unavailable' }
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', ...status },
            { endStream: true },
          )
        },
        stall() {
          if (stream.destroyed || stream.closed) return
          // A prefix that promises more than comes.
          begin(stream, '0').write(Buffer.from([0, 0, 0, 0, 100, 10]))
        },
      })
    })
  })
  return server
}

function begin(stream: ServerHttp2Stream, status: string): ServerHttp2Stream {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
  return stream
}
