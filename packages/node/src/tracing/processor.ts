import { TraceFlags, type Context } from '@opentelemetry/api'
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

/** Encodes ended, sampled spans and hands them to the export worker. */
export class ExportSpanProcessor extends BatchProcessor<ReadableSpan> implements SpanProcessor {
  constructor(sender: Sender, endpoint: Endpoint, options: BatchOptions, resource: Resource) {
    super('traces', sender, endpoint, options, spanEncoder(endpoint, resource), resource)
  }

  onStart(): void {}

  /** The one place between a span's end and its bytes: what may still change or drop it stands here. */
  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
    this.add(span)
  }
}

function spanEncoder({ protocol }: Endpoint, resource: Resource): Encoder<ReadableSpan> {
  return protocol === 'http/json'
    ? (load('export/encode/serializers') as typeof Serializers).jsonSpans()
    : new ProtobufEncoder(resource, encodeSpan)
}
