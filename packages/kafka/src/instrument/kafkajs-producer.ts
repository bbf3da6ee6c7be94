import { guard } from '@waybill/core'
import type { Message, Producer, ProducerBatch, ProducerRecord, Transaction } from 'kafkajs'
import { copyWith } from '../headers.ts'
import { traceSend } from '../send.ts'
import { state } from '../state.ts'
import type { TelemetryNow } from './patch.ts'
import { around, replaceFunction } from './replace.ts'

/** Trace what `producer` sends, its transactions included. */
export function traceProducer(producer: Producer, telemetry: TelemetryNow): void {
  traceSender(producer, telemetry)
  replaceFunction(producer, 'transaction', (original) =>
    around(original, async (call) => {
      const transaction = await call()
      guard('kafkajs transaction', () => traceSender(transaction, telemetry), undefined)
      return transaction
    }),
  )
}

function traceSender(sender: Producer | Transaction, telemetry: TelemetryNow): void {
  state.producers.set(sender, () => telemetry() !== undefined)
  replaceFunction(sender, 'send', (original) =>
    around(original, (call, [record]) => {
      const current = isRecord(record) ? telemetry() : undefined
      if (!current || !isRecord(record)) return call()
      return traceSend(current, [record], ([outgoing]) => call(outgoing as ProducerRecord))
    }),
  )
  replaceFunction(sender, 'sendBatch', (original) =>
    around(original, (call, [batch]) => {
      const current = isBatch(batch) ? telemetry() : undefined
      if (!current || !isBatch(batch)) return call()
      return traceSend(current, batch.topicMessages, (topicMessages) =>
        call(copyWith(batch, { topicMessages })),
      )
    }),
  )
}

// kafkajs judges what it is given. What it would refuse, or what we do not know, goes to it as it came.

function isBatch(batch: unknown): batch is ProducerBatch & Required<Pick<ProducerBatch, 'topicMessages'>> {
  const entries = (batch as ProducerBatch | null | undefined)?.topicMessages
  return Array.isArray(entries) && entries.every(isRecord)
}

function isRecord(record: unknown): record is ProducerRecord {
  if (typeof record !== 'object' || record === null) return false
  const { topic, messages } = record as Partial<ProducerRecord>
  return typeof topic === 'string' && topic !== '' && Array.isArray(messages) && messages.every(isMessage)
}

function isMessage(message: Partial<Message> | null | undefined): boolean {
  if (typeof message !== 'object' || message === null || message.value === undefined) return false
  return message.headers === undefined || (typeof message.headers === 'object' && message.headers !== null)
}
