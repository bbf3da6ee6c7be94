import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ROOT_CONTEXT, SpanKind, type Context } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { pipeline, webhook, type ActionOutcome, type WebhookOptions } from '../src/index.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

export interface Received {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

export const event = { id: 'P-1', status: 'damaged' }

/** A server that takes webhooks, another one for each test. */
export class Receiver {
  telemetry!: Telemetry
  base!: string
  received!: Received[]
  /** What the server does, one a request; the last stays. */
  answers!: ((response: ServerResponse) => void)[]
  #server!: Server

  async start(): Promise<void> {
    this.telemetry = startTelemetry()
    this.received = []
    this.answers = [(response) => response.end('ok')]
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += String(piece)
      this.received.push({ method: request.method, url: request.url, headers: request.headers, body })
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0]
      answer?.(response)
    })
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    this.base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  /** Handle the event by a webhook to it. */
  async send(
    options: Partial<WebhookOptions<typeof event>> = {},
    ctx: Context = ROOT_CONTEXT,
  ): Promise<ActionOutcome> {
    const { handle } = pipeline({
      name: 'p',
      actions: [webhook({ name: 'hook', url: this.base, retry: { backoffMs: 1 }, ...options })],
      onError: () => {},
    })
    const { actions } = await handle(event, { context: ctx })
    return actions[0]!
  }

  attempts(): ReadableSpan[] {
    return this.telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT)
  }
}

export function useReceiver(): Receiver {
  const receiver = new Receiver()
  beforeEach(() => receiver.start())
  afterEach(async () => {
    await receiver.close()
    await receiver.telemetry.stop()
  })
  return receiver
}
