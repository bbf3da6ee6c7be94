import type { MeterProvider } from '@opentelemetry/api'
import { listenForClientRequests } from './http/client.ts'
import type { HttpConfig } from './http/config.ts'
import type { DurationHistogram } from './http/duration.ts'
import { ChannelInstrumentation, durationHistogram } from './http/instrumentation.ts'
import { listenForServerRequests, type Means } from './http/server.ts'

const NAME = '@waybill/node/http'

/**
 * One span and one duration for each request that comes in or goes out by Node's `http` and `https`, heard on
 * diagnostics channels: no function is replaced, no listener of the app wrapped.
 */
export class HttpInstrumentation extends ChannelInstrumentation {
  declare private server: DurationHistogram
  declare private client: DurationHistogram
  /** What it does with the message of a first request, which was sent before it listened. */
  declare onServerRequest: (message: unknown) => void
  declare onClientRequest: (message: unknown) => void

  constructor(config: HttpConfig = {}) {
    super(NAME, config)
  }

  setMeterProvider(provider: MeterProvider): void {
    this.server = durationHistogram(provider, NAME, 'server')
    this.client = durationHistogram(provider, NAME, 'client')
  }

  protected listen(): () => void {
    const server = (): Means => ({ tracer: this.tracer, settings: this.settings, duration: this.server })
    const client = (): Means => ({ tracer: this.tracer, settings: this.settings, duration: this.client })
    const servers = listenForServerRequests(server)
    const clients = listenForClientRequests(client)
    this.onServerRequest = servers.hear
    this.onClientRequest = clients.hear
    return () => {
      servers.stop()
      clients.stop()
    }
  }
}
