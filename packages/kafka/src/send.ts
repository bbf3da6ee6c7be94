import { context, type Context, type Span, type SpanContext } from '@opentelemetry/api'
import { guard, inSpan } from '@waybill/core'
import { carry, copyWith, creationContext, spanContextOf } from './headers.ts'
import { observe } from './observe.ts'
import * as semconv from './semconv.ts'
import { recordDuration, withErrorType, type Telemetry } from './telemetry.ts'
import type { ProducedMessage, TopicMessages } from './types.ts'

/** What kafkajs answers for one partition. */
interface RecordMetadata {
  topicName?: unknown
  partition?: unknown
  baseOffset?: unknown
}

/**
 * Open the spans of one call that sends, and call `send` with copies of the messages that carry their
 * contexts. Spans and metrics end with what `send` answers; that comes out unchanged.
 *
 *   one message             send scans (PRODUCER)         its context is in the message
 *   several, of one topic   send scans (CLIENT)           links to each of
 *                           create scans (PRODUCER) × n   the context of each is in its message
 *
 * A message that carries a creation context keeps it; the send span links to that.
 */
export function traceSend<T>(
  telemetry: Telemetry,
  entries: readonly TopicMessages[],
  send: (entries: TopicMessages[]) => T,
): T {
  const outgoing = entries.map((entry) => copyWith(entry, { messages: [...entry.messages] }))
  const settled = deferred()
  const sends = guard('kafka send', () => openSends(telemetry, outgoing, settled.promise), [])
  const start = performance.now()
  // With spans of several topics there is no one that what happens inside the client belongs to.
  const active = sends.length === 1 ? sends[0]!.active : context.active()
  return observe(
    () => context.with(active, () => send(outgoing)),
    (failure, answer) => {
      for (const sending of sends) {
        if (!failure) guard('kafka send', () => sayPlace(sending, answer), undefined)
        count(telemetry, sending, start, failure)
      }
      if (failure) settled.reject(failure.error)
      else settled.resolve()
    },
  )
}

interface Sending {
  topic: string
  count: number
  span: Span
  active: Context
}

/** One send span for each topic, open until `settled` is. */
function openSends(telemetry: Telemetry, outgoing: TopicMessages[], settled: Promise<void>): Sending[] {
  return [...byTopic(outgoing)].flatMap(([topic, entries]) => {
    const total = entries.reduce((sum, { messages }) => sum + messages.length, 0)
    if (total === 0) return []
    const only = total === 1 ? entries.find(({ messages }) => messages.length === 1) : undefined
    const description = only
      ? describeOne(telemetry, only)
      : semconv.sendManySpan(topic, total, createAll(telemetry, entries), telemetry.client)
    return [openSend(telemetry, topic, total, description, settled, only)]
  })
}

function byTopic(entries: readonly TopicMessages[]): Map<string, TopicMessages[]> {
  const topics = new Map<string, TopicMessages[]>()
  for (const entry of entries) {
    const known = topics.get(entry.topic)
    if (known) known.push(entry)
    else topics.set(entry.topic, [entry])
  }
  return topics
}

function openSend(
  { tracer }: Telemetry,
  topic: string,
  total: number,
  { name, ...options }: semconv.SpanDescription,
  settled: Promise<void>,
  only: TopicMessages | undefined,
): Sending {
  let opened: Sending
  inSpan(tracer, name, { ...options, component: 'kafka_produce' }, (span) => {
    opened = { topic, count: total, span, active: context.active() }
    if (only) replace(only, 0, (message) => carry(context.active(), message))
    return settled
  }).catch(ignore)
  return opened!
}

function describeOne({ client, recordMessageKey }: Telemetry, entry: TopicMessages): semconv.SpanDescription {
  const message = entry.messages[0]!
  const created = creationContext(message)
  return created
    ? semconv.sendManySpan(entry.topic, 1, [created], client)
    : semconv.sendOneSpan(entry.topic, message, client, recordMessageKey)
}

/** Give every message that has none a creation context; the contexts of all, in order. */
function createAll(telemetry: Telemetry, entries: TopicMessages[]): SpanContext[] {
  const { tracer, client, recordMessageKey } = telemetry
  const created: SpanContext[] = []
  for (const entry of entries) {
    for (const [index, message] of entry.messages.entries()) {
      const existing = creationContext(message)
      if (existing) {
        created.push(existing)
        continue
      }
      const { name, ...options } = semconv.createSpan(entry.topic, message, client, recordMessageKey)
      inSpan(tracer, name, { ...options, component: 'kafka_produce' }, () => {
        const own = spanContextOf(context.active())
        if (own) created.push(own)
        replace(entry, index, () => carry(context.active(), message))
      })
    }
  }
  return created
}

function replace(
  entry: TopicMessages,
  index: number,
  by: (message: ProducedMessage) => ProducedMessage,
): void {
  entry.messages[index] = by(entry.messages[index]!)
}

/** Partition and offset of a message sent alone, as the broker answered. */
function sayPlace({ topic, count: total, span }: Sending, answer: unknown): void {
  if (total !== 1 || !Array.isArray(answer)) return
  const metadata = (answer as RecordMetadata[]).find(({ topicName }) => topicName === topic)
  if (typeof metadata?.partition !== 'number') return
  const offset = typeof metadata.baseOffset === 'string' ? metadata.baseOffset : undefined
  span.setAttributes(semconv.placeAttributes(metadata.partition, offset))
}

function count(
  { instruments, client }: Telemetry,
  sending: Sending,
  start: number,
  failure: { error: unknown } | undefined,
): void {
  const attributes = semconv.operationAttributes('send', sending.topic, client)
  recordDuration(instruments.operationDuration, start, attributes, failure)
  guard(
    'kafka metrics',
    () => instruments.sentMessages.add(sending.count, withErrorType(attributes, failure)),
    undefined,
  )
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  // No send span may be waiting for it.
  promise.catch(ignore)
  return { promise, resolve, reject }
}

function ignore(): void {}
