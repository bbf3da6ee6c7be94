import type { Resource } from '@opentelemetry/resources'
import type { Endpoint } from '../options/endpoint.ts'
import type { BatchOptions } from '../options/read.ts'
import { settled } from '../resource.ts'
import type { Encoder } from './encode/encoder.ts'
import type { Destination } from './protocol.ts'
import { BatchQueue } from './queue.ts'
import type { Sender, Way } from './sender.ts'

/** What the processors of spans and of log records have in common: a queue, and the way to the export worker. */
export class BatchProcessor<T> implements Way {
  readonly #sender: Sender
  readonly #flushTimeout: number
  readonly queue: BatchQueue<T>
  #closed = false

  constructor(
    destination: Destination,
    sender: Sender,
    { timeout }: Pick<Endpoint, 'timeout'>,
    batch: BatchOptions,
    encoder: Encoder<T>,
    resource: Resource,
  ) {
    const to = destination === 'zipkin' ? destination : undefined
    const signal = destination === 'zipkin' ? 'traces' : destination
    this.#sender = sender
    this.#flushTimeout = timeout
    this.queue = new BatchQueue({
      encoder,
      batch,
      send: ({ bytes, items }) => sender.send({ signal, to, bytes, items }),
      ready: settled(resource),
      failed: (items) => sender.lost(signal, items, 'encode'),
    })
  }

  add(record: T): void {
    if (this.#closed) return
    this.#sender.prepare()
    this.queue.add(record)
  }

  handOver(): void {
    this.queue.flush()
  }

  end(): void {
    this.queue.end()
  }

  async forceFlush(): Promise<void> {
    this.handOver()
    await this.#sender.flush(this.#flushTimeout)
  }

  shutdown(): Promise<void> {
    const flushed = this.forceFlush()
    this.#closed = true
    return flushed
  }
}
