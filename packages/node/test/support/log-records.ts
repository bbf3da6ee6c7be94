import {
  context,
  ROOT_CONTEXT,
  trace,
  type Context,
  type LogRecord,
  type SpanContext,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { emptyResource } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  SimpleLogRecordProcessor,
  type LoggerProvider as Upstream,
  type LogRecordProcessor,
  type ReadableLogRecord,
  type ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs'
import type { LoggerProvider } from '../../src/logging/logger-provider.ts'

export const SPAN: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
}
export const OTHER: SpanContext = { ...SPAN, spanId: 'b7ad6b7169203332', traceFlags: 0 }
export const inSpan = (span: SpanContext): Context => trace.setSpanContext(ROOT_CONTEXT, span)

/** A context manager, and a clock that stands still. */
export function useContextAt(now: number): void {
  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(now))
  afterAll(() => context.disable())
}

export const idle: LogRecordProcessor = { onEmit() {}, async forceFlush() {}, async shutdown() {} }

/** What a processor does with the record it gets. */
export type Change = (record: ReadWriteLogRecord) => void

/** Fields of what the exporter gets when this is logged within SPAN. */
export async function made(
  Provider: typeof Upstream | typeof LoggerProvider,
  logRecordLimits: object,
  given: LogRecord,
  change: Change = () => {},
): Promise<object> {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new Provider({
    resource: emptyResource(),
    logRecordLimits,
    processors: [{ ...idle, onEmit: change }, new SimpleLogRecordProcessor({ exporter })],
  })
  context.with(inSpan(SPAN), () => provider.getLogger('l', '1', { schemaUrl: 's' }).emit(given))
  await Promise.resolve()
  const [record] = exporter.getFinishedLogRecords()
  return fieldsOf(record!)
}

function fieldsOf({
  hrTime,
  hrTimeObserved,
  spanContext,
  severityText,
  severityNumber,
  body,
  eventName,
  resource,
  instrumentationScope,
  attributes,
  droppedAttributesCount,
}: ReadableLogRecord): object {
  return {
    hrTime,
    hrTimeObserved,
    spanContext,
    severityText,
    severityNumber,
    body,
    eventName,
    resource: resource.attributes,
    instrumentationScope,
    attributes,
    droppedAttributesCount,
  }
}
