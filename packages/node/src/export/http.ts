import type * as http from 'node:http'
import type { Endpoint } from '../options/endpoint.ts'
import {
  MAX_ANSWER,
  readError,
  readPartialSuccess,
  readPartialSuccessJson,
  readRetryAfter,
  TOO_LONG,
} from './answer.ts'
import { compress } from './body.ts'
import { cureOfHttp, reasonOfError } from './cures.ts'
import { deadline } from './deadline.ts'
import { second, type Outcome, type Transport } from './job.ts'
import type { Content } from './spool/name.ts'
import { Certificates } from './tls.ts'
import { USER_AGENT } from './user-agent.ts'

// https://opentelemetry.io/docs/specs/otlp/#failures-1
const RETRYABLE = new Set([429, 502, 503, 504])
/** A gateway answers these when it does not know what became of the request. */
const UNSURE = new Set([502, 504])

/** Zipkin has no partial success: the status says it all. */
const NOTHING = Buffer.alloc(0)

interface Attempt {
  readonly outcome: Outcome
  /** The connection was a kept one, and is broken. */
  readonly stale: boolean
}

/** OTLP over HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp, and Zipkin's `POST /api/v2/spans`. */
export class HttpTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #url: URL
  readonly #client: typeof http
  readonly #certificates: Certificates
  #tls: ReturnType<Certificates['read']> | undefined
  #agent: http.Agent | undefined
  connected = false

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
    this.#url = new URL(endpoint.url)
    // Only the one that is needed is read.
    this.#client = process.getBuiltinModule(
      this.#url.protocol === 'https:' ? 'node:https' : 'node:http',
    ) as typeof http
    this.#certificates = new Certificates(endpoint)
  }

  async send(bytes: Uint8Array, content: Content): Promise<Outcome> {
    const body = this.#endpoint.gzip ? compress(bytes) : bytes
    const first = await this.#attempt(body, content)
    // A kept connection that the server had closed in the meantime tells nothing about the server.
    return first.stale ? second(first.outcome, (await this.#attempt(body, content)).outcome) : first.outcome
  }

  #attempt(body: Uint8Array, content: Content): Promise<Attempt> {
    const { gzip, headers, timeout } = this.#endpoint
    const { promise, resolve } = Promise.withResolvers<Attempt>()
    const request = this.#client.request(this.#url, {
      method: 'POST',
      agent: this.#connections(),
      headers: {
        'user-agent': USER_AGENT,
        ...headers,
        'content-type': content === 'protobuf' ? 'application/x-protobuf' : 'application/json',
        'content-length': body.byteLength,
        ...(gzip && { 'content-encoding': 'gzip' }),
      },
    })
    // On the monotonic clock, and for the whole exchange: a server may stall in the middle of its answer.
    const timer = deadline(timeout, () => request.destroy(new NoAnswer(timeout)))
    let connected = false
    request.on('socket', (socket) => {
      const on = (): void => void (this.connected = connected = true)
      if (!socket.connecting && request.reusedSocket) on()
      else socket.once(this.#url.protocol === 'https:' ? 'secureConnect' : 'connect', on)
    })
    const failed = (error: NodeJS.ErrnoException): void => {
      timer.clear()
      const lost = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      if (!connected) this.connected = false
      const reason = reasonOfError(error)
      const unsure = connected && request.writableFinished
      const outcome: Outcome = { kind: 'retry', reason, error: error.code ?? error.name, unsure }
      resolve({ outcome, stale: request.reusedSocket && lost })
    }
    request.on('error', failed)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      const done = (): void => {
        timer.clear()
        const answer = content === 'zipkin' ? NOTHING : Buffer.concat(chunks)
        resolve({ outcome: outcomeOf(response, answer), stale: false })
      }
      response.on('data', (chunk: Buffer) => {
        if (size < MAX_ANSWER) chunks.push(chunk.subarray(0, MAX_ANSWER - size))
        size += chunk.length
        if (size <= TOO_LONG) return
        // What the status says holds, whatever the rest may be.
        done()
        request.destroy()
      })
      response.on('error', failed)
      response.on('end', done)
    })
    request.end(body)
    return promise
  }

  /** New connections use new certificates; the ones in use are left to end. */
  #connections(): http.Agent {
    const tls = this.#certificates.read()
    if (this.#agent && tls === this.#tls) return this.#agent
    this.#tls = tls
    const old = this.#agent
    this.#agent = new this.#client.Agent({ keepAlive: true, ...tls })
    for (const sockets of Object.values(old?.freeSockets ?? {}))
      sockets?.forEach((socket) => socket.destroy())
    return this.#agent
  }
}

class NoAnswer extends Error {
  readonly code = 'timeout'

  constructor(timeout: number) {
    super(`no answer in ${timeout} ms`)
  }
}

function outcomeOf({ statusCode: status = 0, headers }: http.IncomingMessage, answer: Buffer): Outcome {
  const type = headers['content-type'] ?? ''
  if (status >= 200 && status < 300) {
    return {
      kind: 'delivered',
      ...(type.includes('json') ? readPartialSuccessJson(answer) : readPartialSuccess(answer)),
    }
  }
  const message = readError(answer, type)
  const reason = `HTTP ${status}${cureOfHttp(status)}${message === '' ? '' : `: ${message}`}`
  const error = String(status)
  if (!RETRYABLE.has(status)) return { kind: 'refused', reason, error }
  return {
    kind: 'retry',
    reason,
    error,
    after: readRetryAfter(headers['retry-after']),
    unsure: UNSURE.has(status),
  }
}
