import type { ClientRequest } from 'node:http'
import { context, type Attributes, type Context, type Link, type SpanKind } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace'
import { report } from '@waybill/core'
import { strategySampler } from './jaeger-strategy.ts'

/** Longest wait for an answer, in milliseconds. */
const TIMEOUT = 5000
/** Bytes of an answer. */
const MAX_ANSWER = 1024 * 1024
const DEFAULT_INTERVAL = 60_000

/**
 * Asks Jaeger's strategies endpoint how to sample this service, now and then. Until the first answer, `initial`
 * decides; where the endpoint is away, the last answer does. Polling is not traced and keeps no process alive.
 * https://www.jaegertracing.io/docs/latest/architecture/sampling/#remote-sampling
 */
export class JaegerRemoteSampler implements Sampler {
  /** Attributes of a span need not be made for this one. */
  readonly readsAttributes = false
  readonly #url: URL
  readonly #timer: NodeJS.Timeout
  #current: Sampler
  #last = ''
  #asking = false
  #stopped = false

  /** @param interval milliseconds between two polls */
  constructor(endpoint: string, service: string, initial: Sampler, interval: number = DEFAULT_INTERVAL) {
    this.#url = new URL(endpoint)
    this.#url.searchParams.set('service', service)
    this.#current = initial
    this.#timer = setInterval(() => this.poll(), interval).unref()
    // Not now: the SDK that is to leave this request alone is still being put together.
    setImmediate(() => this.poll()).unref()
  }

  /** Ask once, in the background. What fails is said once, and tried again with the next poll. */
  poll(): void {
    if (this.#asking || this.#stopped) return
    this.#asking = true
    context.with(suppressTracing(context.active()), () => {
      const request = get(this.#url, (problem, text) => {
        this.#asking = false
        if (problem === undefined) this.#use(text)
        else this.#failed(problem)
      })
      request.on('socket', (socket) => socket.unref())
    })
  }

  shouldSample(
    ctx: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    return this.#current.shouldSample(ctx, traceId, name, kind, attributes, links)
  }

  /** Stop asking. */
  shutdown(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  toString(): string {
    return `JaegerRemote{${this.#current.toString()}}`
  }

  #use(text: string): void {
    // The same answer again: rate limiters keep what they have counted.
    if (text === this.#last) return
    try {
      this.#current = strategySampler(JSON.parse(text))
      this.#last = text
    } catch (error) {
      this.#failed(`the answer is not understood: ${(error as Error).message}`)
    }
  }

  #failed(problem: string): void {
    if (this.#stopped) return
    const message = `jaeger_remote: ${this.#url.host} gave no sampling strategy (${problem}). Used instead, until it does: ${this.#current.toString()}.`
    report('WAYBILL_SAMPLER_FAILED', message, `jaeger_remote ${this.#url.host}`)
  }
}

function get(url: URL, done: (problem: string | undefined, text: string) => void): ClientRequest {
  const client =
    url.protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
  let settled = false
  const settle = (problem: string | undefined, text = ''): void => {
    if (settled) return
    settled = true
    done(problem, text)
  }
  const options = { headers: { accept: 'application/json' }, timeout: TIMEOUT, agent: false as const }
  const request = client.get(url, options, (response) => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_ANSWER) request.destroy(new Error('the answer is too long'))
      else chunks.push(chunk)
    })
    response.on('error', (error) => settle(error.message))
    response.on('end', () => {
      const { statusCode = 0 } = response
      if (statusCode === 200) settle(undefined, Buffer.concat(chunks).toString('utf8'))
      else settle(`HTTP status ${statusCode}`)
    })
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT} ms`)))
  request.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
  request.on('close', () => settle('the connection was closed'))
  return request
}
