import type * as http2 from 'node:http2'
import type { Endpoint } from '../options/endpoint.ts'
import type { Signal } from '../options/read.ts'
import { boundedPause, cut, MAX_ANSWER, readPartialSuccess, readStatus, TOO_LONG } from './answer.ts'
import { compress } from './body.ts'
import { cureOfGrpc, reasonOfError } from './cures.ts'
import { deadline } from './deadline.ts'
import { second, type Outcome, type Transport } from './job.ts'
import { Certificates } from './tls.ts'
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
/** With these the server may have done its work all the same. */
const UNSURE = new Set([1, 4])
const RESOURCE_EXHAUSTED = 8
const PREFIX = 5

/**
 * OTLP over gRPC: one unary call on plain HTTP/2. A client library would be read by this
 * thread in every process, and retries by rules of its own.
 */
export class GrpcTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #path: string
  readonly #certificates: Certificates
  #tls: ReturnType<Certificates['read']> | undefined
  #session: http2.ClientHttp2Session | undefined

  constructor(signal: Signal, endpoint: Endpoint) {
    this.#endpoint = endpoint
    this.#path = `/${SERVICE[signal]}/Export`
    this.#certificates = new Certificates(endpoint)
  }

  get connected(): boolean {
    const session = this.#session
    return session !== undefined && !session.connecting && !session.destroyed
  }

  async send(bytes: Uint8Array): Promise<Outcome> {
    const framed = frame(bytes, this.#endpoint.gzip)
    const used = this.connected
    const first = await this.#call(framed)
    // A connection that the server gave up in the meantime tells nothing about the server.
    return used && first.stale ? second(first.outcome, (await this.#call(framed)).outcome) : first.outcome
  }

  #call(framed: Buffer): Promise<{ outcome: Outcome; stale: boolean }> {
    const { promise, resolve } = Promise.withResolvers<{ outcome: Outcome; stale: boolean }>()
    const { gzip, headers, timeout } = this.#endpoint
    let failure: NodeJS.ErrnoException | undefined
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
    const timer = deadline(timeout, () => {
      failure ??= Object.assign(new Error(`no answer in ${timeout} ms`), { code: 'timeout' })
      stream.close(8 /* CANCEL */)
      // A connection that has gone silent answers nobody: the next attempt makes a new one.
      session.destroy()
    })
    const note = (more: http2.IncomingHttpHeaders): void => {
      answered = { ...answered, ...more }
    }
    stream.on('response', note)
    stream.on('trailers', note)
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      if (size < MAX_ANSWER) chunks.push(chunk.subarray(0, MAX_ANSWER - size))
      size += chunk.length
      if (size > TOO_LONG) stream.close(8 /* CANCEL */)
    })
    // A stream that its connection took down tells why in `cause`.
    stream.on('error', (error) => (failure ??= (error.cause as Error | undefined) ?? error))
    let written = false
    stream.on('finish', () => (written = !session.connecting))
    stream.on('close', () => {
      timer.clear()
      const answerless = answered[':status'] === undefined
      // REFUSED_STREAM: the server promises that it has done nothing.
      const refused = stream.rstCode === 7
      resolve({
        outcome: outcomeOf(answered, Buffer.concat(chunks), failure, written && !refused),
        stale: answerless && (refused || failure?.code === 'ECONNRESET' || failure === undefined),
      })
    })
    stream.end(framed)
    return promise
  }

  #connect(): http2.ClientHttp2Session {
    const tls = this.#certificates.read()
    const open = this.#session
    if (open && !open.closed && !open.destroyed) {
      if (tls === this.#tls) return open
      // The certificates have changed: requests on their way are left to end.
      open.close()
    }
    this.#tls = tls
    const session = process.getBuiltinModule('node:http2').connect(this.#endpoint.url, tls)
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
  const body = gzip ? compress(bytes) : bytes
  const framed = Buffer.allocUnsafe(PREFIX + body.byteLength)
  framed[0] = gzip ? 1 : 0
  framed.writeUInt32BE(body.byteLength, 1)
  framed.set(body, PREFIX)
  return framed
}

function outcomeOf(
  headers: http2.IncomingHttpHeaders,
  answer: Buffer,
  failure: NodeJS.ErrnoException | undefined,
  unsure: boolean,
): Outcome {
  const status = headers['grpc-status']
  if (status === undefined) return withoutStatus(headers, failure, unsure)
  const code = Number(status)
  // An answer has one message; the prefix's first byte says that it is not compressed, which was not asked for.
  if (code === OK) return { kind: 'delivered', ...readPartialSuccess(answer.subarray(PREFIX)) }
  const message = cut(decode(String(headers['grpc-message'] ?? '')))
  const reason = `gRPC status ${code}${cureOfGrpc(code, message)}: ${message}`
  const after = pauseOf(headers)
  // RESOURCE_EXHAUSTED is for good unless the server says when to come back.
  const again = RETRYABLE.has(code) || (code === RESOURCE_EXHAUSTED && after !== undefined)
  if (!again) return { kind: 'refused', reason, error: status as string }
  return { kind: 'retry', reason, error: status as string, after, unsure: UNSURE.has(code) }
}

function withoutStatus(
  headers: http2.IncomingHttpHeaders,
  failure: NodeJS.ErrnoException | undefined,
  unsure: boolean,
): Outcome {
  if (failure) {
    const error = failure.code ?? failure.name
    return { kind: 'retry', reason: reasonOfError(failure), error, unsure }
  }
  if (headers[':status'] === undefined) {
    return { kind: 'retry', reason: 'the connection was closed', error: 'ECONNRESET', unsure }
  }
  const status = Number(headers[':status'])
  if (status === 200 && headers['content-type']?.startsWith('application/grpc')) {
    // The connection went in the middle: the status comes last.
    return { kind: 'retry', reason: 'the answer was cut off', error: 'ECONNRESET', unsure: true }
  }
  const reason = `HTTP ${status} without a gRPC status: is this port for OTLP over gRPC?`
  const error = String(status)
  return status === 429 || status >= 502
    ? { kind: 'retry', reason, error, unsure: status !== 503 && status !== 429 }
    : { kind: 'refused', reason, error }
}

/** When the server wants to see this again: a `RetryInfo` in its status details, or gRPC's pushback. */
function pauseOf(headers: http2.IncomingHttpHeaders): number | undefined {
  const details = headers['grpc-status-details-bin']
  if (typeof details === 'string') {
    const { after } = readStatus(Buffer.from(details, 'base64'))
    if (after !== undefined) return after
  }
  const pushback = headers['grpc-retry-pushback-ms']
  return pushback === undefined ? undefined : boundedPause(Number(pushback))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
