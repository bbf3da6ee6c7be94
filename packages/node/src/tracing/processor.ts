import type { Context } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { adoptOperation } from '@waybill/core'
import { BatchProcessor } from '../export/batch-processor.ts'
import type { Encoder } from '../export/encode/encoder.ts'
import { ProtobufEncoder } from '../export/encode/protobuf.ts'
import type * as Serializers from '../export/encode/serializers.ts'
import { encodeSpan } from '../export/encode/span.ts'
import type { Sender } from '../export/sender.ts'
import { load } from '../lazy.ts'
import type { Endpoint } from '../options/endpoint.ts'
import type { BatchOptions } from '../options/read.ts'

/** Gives every span its operation. */
export class OperationProcessor implements SpanProcessor {
  onStart(span: Span, parent: Context): void {
    adoptOperation(span, parent)
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

/** Encodes ended spans and hands them to the export worker. Behind the stages, which let sampled ones pass. */
export class ExportSpanProcessor extends BatchProcessor<ReadableSpan> implements SpanProcessor {
  constructor(sender: Sender, endpoint: Endpoint, options: BatchOptions, resource: Resource) {
    super('traces', sender, endpoint, options, spanEncoder(endpoint, resource), resource)
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.add(span)
  }
}

function spanEncoder({ protocol }: Endpoint, resource: Resource): Encoder<ReadableSpan> {
  return protocol === 'http/json'
    ? (load('export/encode/serializers') as typeof Serializers).jsonSpans()
    : new ProtobufEncoder(resource, encodeSpan)
}
