import { context } from '@opentelemetry/api'
import { guard } from '@waybill/core'
import { spanContextOf } from './headers.ts'
import { processMessage } from './process.ts'
import { operationAttributes } from './semconv.ts'
import { state } from './state.ts'
import { globalTelemetry } from './telemetry.ts'
import type { ConsumedMessage, Delivery, MessageBatch, MessageBatchPayload } from './types.ts'

export interface ForEachOptions {
  /** How many messages are handled at the same time. @default 1 */
  concurrency?: number
}

/**
 * Call `fn` with each message of a batch, each in its own `process {topic}` span that continues the trace of
 * that message. With kafkajs's whole `eachBatch` payload, offsets are resolved in order as messages are done, the
 * group gets its heartbeats, and no message is started once the consumer stops or has been told to seek.
 *
 * @param batch kafkajs's `eachBatch` payload or its batch, or anything of the batch's shape
 * @returns what `fn` returned, in the order of the messages; fewer where the consumer stopped
 * @throws the first error of `fn` (or of a heartbeat), unchanged, once the messages in flight are done
 */
export async function forEachMessage<M extends ConsumedMessage, R>(
  batch: MessageBatchPayload<M> | MessageBatch<M>,
  fn: (delivery: Delivery<M>) => R | Promise<R>,
  { concurrency = 1 }: ForEachOptions = {},
): Promise<R[]> {
  const payload = 'batch' in batch ? batch : undefined
  const { topic, partition, messages } = 'batch' in batch ? batch.batch : batch
  const results: R[] = []
  const progress = new Progress(payload, messages)
  const process = processor(payload?.batch ?? (batch as MessageBatch<M>))
  let failure: { error: unknown } | undefined
  let next = 0

  const work = async (): Promise<void> => {
    while (next < messages.length && !failure && progress.goesOn()) {
      const index = next++
      const message = messages[index]!
      try {
        results[index] = await process({ topic, partition, message, ...progress.means }, fn)
        await progress.done(index)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, messages.length)) }, work))
  if (failure) throw failure.error
  if (next < messages.length) progress.stoppedBefore(next)
  return results
}

/** Opens the process spans of one batch. */
function processor<M extends ConsumedMessage>(batch: MessageBatch<M>) {
  const origin = state.batches.get(batch)
  const telemetry = globalTelemetry(origin?.client)
  // Without an instrumented consumer, what is active is the best there is.
  const poll = origin ? origin.poll : spanContextOf(context.active())
  if (!origin) {
    const attributes = operationAttributes('process', batch.topic, telemetry.client)
    const { consumedMessages } = telemetry.instruments
    guard('kafka metrics', () => consumedMessages.add(batch.messages.length, attributes), undefined)
  }
  return <R>(delivery: Delivery<M>, fn: (delivery: Delivery<M>) => R | Promise<R>): R | Promise<R> =>
    processMessage(telemetry, delivery, poll, () => fn(delivery))
}

/** How far a batch is done, told to the consumer where there is one. */
class Progress<M extends ConsumedMessage> {
  /** What a handler gets beside its message. */
  readonly means: Pick<Delivery<M>, 'heartbeat' | 'pause'>
  readonly #payload: MessageBatchPayload<M> | undefined
  readonly #messages: readonly M[]
  readonly #done: boolean[] = []
  #resolved = 0

  constructor(payload: MessageBatchPayload<M> | undefined, messages: readonly M[]) {
    this.#payload = payload
    this.#messages = messages
    this.means = payload ? { heartbeat: () => payload.heartbeat(), pause: () => payload.pause() } : {}
  }

  goesOn(): boolean {
    return !this.#payload || (this.#payload.isRunning() && !this.#payload.isStale())
  }

  /** Resolves up to the last message before which none is missing: what comes after would be lost on a retry. */
  async done(index: number): Promise<void> {
    this.#done[index] = true
    const before = this.#resolved
    while (this.#done[this.#resolved]) this.#resolved++
    const last = this.#messages[this.#resolved - 1]?.offset
    if (this.#resolved > before && last !== undefined) this.#payload?.resolveOffset(last)
    await this.#payload?.heartbeat()
  }

  /**
   * kafkajs resolves the whole batch when its handler returns (`eachBatchAutoResolve`, its default) and commits
   * that when the consumer stops, so the messages from `index` on would never be handled by anyone. It asks
   * the batch for its last offset: that is now the last one that is done.
   */
  stoppedBefore(index: number): void {
    const batch = this.#payload?.batch as { lastOffset?: unknown } | undefined
    const offset = this.#messages[index]?.offset
    if (typeof batch?.lastOffset !== 'function' || offset === undefined) return
    const last = String(BigInt(offset) - 1n)
    Object.defineProperty(batch, 'lastOffset', { value: () => last, configurable: true, writable: true })
  }
}
