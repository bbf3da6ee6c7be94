import * as http2 from 'node:http2'
import { gzipSync } from 'node:zlib'
import type { Endpoint } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'
import type { Outcome, Transport } from './deliver.ts'
import { tlsOptions } from './tls.ts'
import { USER_AGENT } from './user-agent.ts'

const SERVICE: Record<Signal, string> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
}
const OK = 0
// CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
// https://opentelemetry.io/docs/specs/otlp/#failures
const RETRYABLE = new Set([1, 4, 10, 11, 14, 15])
const RESOURCE_EXHAUSTED = 8
const UNIMPLEMENTED = 12
const UNAUTHENTICATED = 16

/**
 * OTLP over gRPC: one unary call on plain HTTP/2. A client library would be read by this
 * thread in every process, and retries by rules of its own.
 */
export class GrpcTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #path: string
  #session: http2.ClientHttp2Session | undefined

  constructor(signal: Signal, endpoint: Endpoint) {
    this.#endpoint = endpoint
    this.#path = `/${SERVICE[signal]}/Export`
  }

  send(bytes: Uint8Array): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { gzip, headers, timeout } = this.#endpoint
    let failure: Error | undefined
    const session = this.#connect()
    const stream = session.request({
      ':method': 'POST',
      ':path': this.#path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': USER_AGENT,
      'grpc-timeout': `${timeout}m`,
      ...(gzip && { 'grpc-encoding': 'gzip' }),
      ...headers,
    })
    let answered: http2.IncomingHttpHeaders = {}
    const timer = setTimeout(() => {
      failure ??= new Error(`no answer in ${timeout} ms`)
      stream.close(http2.constants.NGHTTP2_CANCEL)
      // A connection that has gone silent answers nobody: the next attempt makes a new one.
      session.destroy()
    }, timeout)
    const note = (more: http2.IncomingHttpHeaders): void => {
      answered = { ...answered, ...more }
    }
    stream.on('response', note)
    stream.on('trailers', note)
    // A stream that its connection took down tells why in `cause`.
    stream.on('error', (error) => (failure ??= error.cause instanceof Error ? error.cause : error))
    stream.on('close', () => {
      clearTimeout(timer)
      resolve(outcomeOf(answered, failure))
    })
    stream.resume()
    stream.end(frame(bytes, gzip))
    return promise
  }

  #connect(): http2.ClientHttp2Session {
    const open = this.#session
    if (open && !open.closed && !open.destroyed) return open
    const session = http2.connect(this.#endpoint.url, tlsOptions(this.#endpoint))
    const drop = (): void => {
      if (this.#session === session) this.#session = undefined
    }
    // The streams of a broken connection tell its error, each to its own request.
    session.on('error', drop)
    session.on('close', drop)
    session.on('goaway', drop)
    this.#session = session
    return session
  }
}

/** gRPC's length-prefixed message: one byte "compressed", four bytes of length, the message. */
function frame(bytes: Uint8Array, gzip: boolean): Buffer {
  const body = gzip ? gzipSync(bytes) : bytes
  const framed = Buffer.allocUnsafe(5 + body.byteLength)
  framed[0] = gzip ? 1 : 0
  framed.writeUInt32BE(body.byteLength, 1)
  framed.set(body, 5)
  return framed
}

function outcomeOf(headers: http2.IncomingHttpHeaders, failure: Error | undefined): Outcome {
  const text = headers['grpc-status']
  if (text === undefined) {
    const status = headers[':status'] === undefined ? undefined : Number(headers[':status'])
    if (failure) return { kind: 'retry', reason: failure.message || failure.name }
    if (status === undefined) return { kind: 'retry', reason: 'the connection was closed' }
    const reason = `HTTP ${status} without a gRPC status: is this port for OTLP over gRPC?`
    return status === 429 || status >= 502 ? { kind: 'retry', reason } : { kind: 'refused', reason }
  }
  const code = Number(text)
  if (code === OK) return { kind: 'delivered' }
  const reason = `gRPC status ${code}${hint(code)}: ${decode(String(headers['grpc-message'] ?? '')).slice(0, 200)}`
  // RESOURCE_EXHAUSTED is for good unless the server says when to come back.
  const pushback = Number(headers['grpc-retry-pushback-ms'] ?? Number.NaN)
  if (RETRYABLE.has(code)) return { kind: 'retry', reason }
  if (code === RESOURCE_EXHAUSTED && Number.isFinite(pushback))
    return { kind: 'retry', reason, after: pushback }
  return { kind: 'refused', reason }
}

function hint(code: number): string {
  if (code === UNIMPLEMENTED) return ' (the collector has no receiver for this signal)'
  return code === UNAUTHENTICATED ? ' (check OTEL_EXPORTER_OTLP_HEADERS)' : ''
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
