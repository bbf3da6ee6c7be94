// The SDK is the user's: its resource, and with it the name of the service, is known with the first record.
import type { Resource } from '@opentelemetry/resources'
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Context } from '@opentelemetry/api'
import type { LossReason } from '../export/counters.ts'
import type { Batch } from '../export/protocol.ts'
import type { Sender, Way } from '../export/sender.ts'
import type { Signal } from '../options/read.ts'

/** The way to the export worker, opened when it is first needed. */
export class LateSender implements Sender {
  readonly #open: (resource: Resource) => Sender
  #sender: Sender | undefined
  /** That of the first record; before it, as far as Waybill knows it. */
  resource: Resource

  constructor(open: (resource: Resource) => Sender, resource: Resource) {
    this.#open = open
    this.resource = resource
  }

  prepare(): void {
    this.#opened().prepare()
  }

  send(batch: Batch): void {
    this.#opened().send(batch)
  }

  async flush(timeout: number): Promise<boolean> {
    return this.#sender?.flush(timeout) ?? true
  }

  end(timeout: number): boolean {
    return this.#sender?.end(timeout) ?? true
  }

  async close(timeout: number): Promise<void> {
    await this.#sender?.close(timeout)
  }

  lost(signal: Signal, items: number, reason: LossReason): void {
    this.#opened().lost(signal, items, reason)
  }

  #opened(): Sender {
    return (this.#sender ??= this.#open(this.resource))
  }
}

/** A processor that is made with the first record it gets. */
class LateWay<P extends Way> implements Way {
  readonly #sender: LateSender
  readonly #make: (resource: Resource) => P
  #made: P | undefined
  #ended = false
  #closed = false

  constructor(sender: LateSender, make: (resource: Resource) => P) {
    this.#sender = sender
    this.#make = make
  }

  handOver(): void {
    this.#made?.handOver()
  }

  end(): void {
    this.#ended = true
    this.#made?.end()
  }

  async shutdown(): Promise<void> {
    this.#closed = true
    await this.#made?.shutdown()
  }

  /** Undefined after `shutdown`. */
  protected of(resource: Resource): P | undefined {
    if (this.#made) return this.#made
    if (this.#closed) return undefined
    this.#sender.resource = resource
    this.#made = this.#make(resource)
    if (this.#ended) this.#made.end()
    return this.#made
  }

  protected get made(): P | undefined {
    return this.#made
  }
}

export class LateSpanProcessor extends LateWay<Way & SpanProcessor> implements SpanProcessor {
  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.of(span.resource)?.onEnd(span)
  }

  async forceFlush(): Promise<void> {
    await this.made?.forceFlush()
  }
}

export class LateLogProcessor extends LateWay<Way & LogRecordProcessor> implements LogRecordProcessor {
  onEmit(record: ReadWriteLogRecord, context?: Context): void {
    this.of(record.resource)?.onEmit(record, context)
  }

  async forceFlush(): Promise<void> {
    await this.made?.forceFlush()
  }
}
