import * as http from 'node:http'
import * as https from 'node:https'
import { gzipSync } from 'node:zlib'
import type { Endpoint } from '../options/endpoint.ts'
import type { Outcome, Transport } from './deliver.ts'
import { tlsOptions } from './tls.ts'
import { USER_AGENT } from './user-agent.ts'

const RETRYABLE = new Set([429, 502, 503, 504])
/** More of an answer is not read: it is for the message only. */
const MAX_ANSWER = 4096

/** OTLP over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export class HttpTransport implements Transport {
  readonly #endpoint: Endpoint
  readonly #url: URL
  readonly #agent: http.Agent

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
    this.#url = new URL(endpoint.url)
    this.#agent =
      this.#url.protocol === 'https:'
        ? new https.Agent({ keepAlive: true, ...tlsOptions(endpoint) })
        : new http.Agent({ keepAlive: true })
  }

  send(bytes: Uint8Array): Promise<Outcome> {
    const { protocol, gzip, headers, timeout } = this.#endpoint
    const body = gzip ? gzipSync(bytes) : bytes
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const request = (this.#url.protocol === 'https:' ? https : http).request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      signal: AbortSignal.timeout(timeout),
      headers: {
        'user-agent': USER_AGENT,
        ...headers,
        'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
        'content-length': body.byteLength,
        ...(gzip && { 'content-encoding': 'gzip' }),
      },
    })
    const failed = (error: Error): void =>
      resolve({
        kind: 'retry',
        reason: error.name === 'AbortError' ? `no answer in ${timeout} ms` : error.message,
      })
    request.on('error', failed)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        if ((size += chunk.length) <= MAX_ANSWER) chunks.push(chunk)
      })
      response.on('error', failed)
      response.on('end', () => resolve(outcomeOf(response, Buffer.concat(chunks))))
    })
    request.end(body)
    return promise
  }
}

function outcomeOf({ statusCode: status = 0, headers }: http.IncomingMessage, answer: Buffer): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const text = /json|text/.test(headers['content-type'] ?? '')
    ? `: ${answer.toString('utf8').slice(0, 200)}`
    : ''
  const reason = `HTTP ${status}${text}`
  if (!RETRYABLE.has(status)) return { kind: 'refused', reason }
  return { kind: 'retry', reason, after: retryAfter(headers['retry-after']) }
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, 10.2.3), an hour at the most. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined
}
