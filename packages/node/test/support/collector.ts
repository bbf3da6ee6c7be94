import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import * as http2 from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'

/** A request that arrived whole. */
export interface Received {
  readonly body: Buffer
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

export type HttpAnswer = (request: Received, response: ServerResponse) => void
export type GrpcAnswer = (request: Received, stream: http2.ServerHttp2Stream) => void

/** A collector on a real socket, whose answers the test decides. */
export interface Collector {
  readonly port: number
  readonly url: string
  readonly received: Received[]
  /** Bodies as text. */
  bodies(): string[]
  sockets(): number
  /** Connections that were ever made. */
  connections(): number
  /** Resolves when its clients have all that it has answered. Of gRPC only. */
  heard(): Promise<void>
  /** Takes every connection down. */
  reset(): void
  close(): Promise<void>
}

const ok: HttpAnswer = (_request, response) => void response.end()

export async function httpCollector(answer: HttpAnswer = ok, port = 0): Promise<Collector> {
  const received: Received[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const whole = { body: Buffer.concat(chunks), path: request.url ?? '', headers: request.headers }
      received.push(whole)
      answer(whole, response)
    })
  })
  return listening(server, received, port)
}

/** Answers a gRPC call: status 0 and an empty message unless said otherwise. */
export function grpcAnswer(
  stream: http2.ServerHttp2Stream,
  status = 0,
  trailers: http2.OutgoingHttpHeaders = {},
  message: Uint8Array = new Uint8Array(),
): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), ...trailers }))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.byteLength, 1)
  stream.end(Buffer.concat([prefix, message]))
}

export async function grpcCollector(
  answer: GrpcAnswer = (_request, stream) => grpcAnswer(stream),
  port = 0,
): Promise<Collector> {
  const received: Received[] = []
  const server = http2.createServer()
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const whole = { body: Buffer.concat(chunks).subarray(5), path: String(headers[':path']), headers }
      received.push(whole)
      answer(whole, stream)
    })
  })
  return listening(server, received, port)
}

async function listening(
  server: ReturnType<typeof createServer> | http2.Http2Server,
  received: Received[],
  wanted: number,
): Promise<Collector> {
  const open = new Set<Socket>()
  let connections = 0
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session: http2.ServerHttp2Session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    connections++
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const reset = (): void => {
    for (const socket of open) socket.resetAndDestroy()
  }
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received,
    bodies: () => received.map(({ body }) => body.toString()),
    sockets: () => open.size,
    connections: () => connections,
    async heard() {
      // What answers a ping has read what was sent before it.
      const pings = Array.from(sessions, (session) => new Promise((resolve) => session.ping(resolve)))
      await Promise.all(pings)
    },
    reset,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        reset()
      }),
  }
}

/** Resolves when it is so; rejects after `timeout` milliseconds. */
export async function until(what: string, isSo: () => boolean, timeout = 10_000): Promise<void> {
  const deadline = performance.now() + timeout
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
