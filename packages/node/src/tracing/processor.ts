import { TraceFlags, type Context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { adoptOperation } from '@waybill/core'
import type { Resource } from '@opentelemetry/resources'
import type { Channel } from '../export/channel.ts'
import { encodeSpans } from '../export/encode.ts'
import { BatchQueue } from '../export/queue.ts'
import type { Endpoint } from '../options/endpoint.ts'
import type { BatchOptions } from '../options/read.ts'
import { settled } from '../resource.ts'

/** Gives every span its operation. */
export class OperationProcessor implements SpanProcessor {
  onStart(span: Span, parent: Context): void {
    adoptOperation(span, parent)
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

/** Hands ended, sampled spans to the export worker. */
export class ExportSpanProcessor implements SpanProcessor {
  readonly #channel: Channel
  readonly #queue: BatchQueue<ReadableSpan>
  readonly #flushTimeout: number

  constructor(channel: Channel, { protocol, timeout }: Endpoint, options: BatchOptions, resource: Resource) {
    this.#channel = channel
    this.#flushTimeout = timeout
    const handOn = (spans: ReadableSpan[]): void => channel.send(encodeSpans(spans, protocol))
    this.#queue = new BatchQueue(options, handOn, settled(resource))
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
    this.#channel.open()
    this.#queue.add(span)
  }

  /** Encode what is waiting and hand it to the worker; does not wait for the collector. */
  handOver(): void {
    this.#queue.flush()
  }

  async forceFlush(): Promise<void> {
    this.handOver()
    await this.#channel.flush(this.#flushTimeout)
  }

  shutdown(): Promise<void> {
    return this.forceFlush()
  }
}
