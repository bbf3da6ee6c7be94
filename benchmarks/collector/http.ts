import { createServer, type Server } from 'node:http'
import { leaveUnread, type Exchange } from './listen.ts'

/** OTLP over HTTP, in protobuf. */
export function httpServer(hear: (exchange: Exchange) => void, slow: () => number): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    response.on('error', () => {})
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    leaveUnread(request, slow())
    request.on('end', () => {
      // Who asked has gone in the middle.
      if (!request.complete) return
      const { 'content-type': type = '', 'content-encoding': encoding = '' } = request.headers
      const headers = { 'content-type': 'application/x-protobuf' }
      hear({
        traces: request.url === '/v1/traces',
        body: { type, encoding, chunks },
        accept() {
          if (response.destroyed) return false
          // An empty message: all accepted.
          response.writeHead(200, { ...headers, 'content-length': 0 }).end()
          return true
        },
        refuse: () => void response.writeHead(503, { ...headers, 'content-length': 0 }).end(),
        stall: () => void response.writeHead(200, { ...headers, 'content-length': 100 }).write('\n'),
      })
    })
  })
  // A client that pauses between two batches finds its connection open.
  server.keepAliveTimeout = 60_000
  return server
}
