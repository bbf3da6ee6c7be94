import type { Attributes, SpanKind, SpanOptions } from '@opentelemetry/api'
import type { HttpSettings } from './config.ts'

/** The attributes are made only where someone reads them: a span that is not recorded does without. */
export abstract class RequestSpanOptions<Request, Peer> implements SpanOptions {
  readonly kind: SpanKind
  protected readonly request: Request
  protected readonly peer: Peer
  protected readonly settings: HttpSettings

  constructor(kind: SpanKind, request: Request, peer: Peer, settings: HttpSettings) {
    this.kind = kind
    this.request = request
    this.peer = peer
    this.settings = settings
  }

  abstract get attributes(): Attributes
}
