import { state } from './state.ts'
import { globalTelemetry } from './telemetry.ts'
import { traceSend } from './send.ts'
import type { Producer, TopicMessages } from './types.ts'

/** Send through the app's producer: an instrumented one traces itself, for any other the send is traced here. */
export function sendWith(producer: Producer, record: TopicMessages): Promise<unknown> {
  if (state.producers.get(producer)?.()) return producer.send(record)
  return traceSend(globalTelemetry(), [record], ([outgoing]) => producer.send(outgoing!))
}
