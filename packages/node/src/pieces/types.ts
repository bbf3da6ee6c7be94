// What the pieces are to OpenTelemetry's SDK, by the API's types alone: who uses `start()` needs no SDK to be
// installed. Its SDK takes them as `Partial<NodeSDKConfiguration>`: test/pieces-types.test.ts.
import type {
  Attributes,
  Context,
  Link,
  LoggerProvider,
  MeterProvider,
  SpanKind,
  TextMapPropagator,
  TracerProvider,
  TraceState,
} from '@opentelemetry/api'

/** To be spread into the options of `new NodeSDK()`. Where Waybill is off, only the empty lists are there. */
export interface NodeSdkPieces {
  spanProcessors: SpanProcessorPiece[]
  logRecordProcessors: LogRecordProcessorPiece[]
  metricReaders: MetricReaderPiece[]
  /** One for each integration; each waits for its library. */
  instrumentations: InstrumentationPiece[]
  sampler?: SamplerPiece
  textMapPropagator?: TextMapPropagator
  idGenerator?: IdGeneratorPiece
  spanLimits?: Record<string, number>
  views?: { name?: string }[]
  resource?: ResourcePiece
  /** false: `resource` is detected already. */
  autoDetectResources?: boolean
}

/** Of the SDK: it hands in its own spans. */
export interface SpanProcessorPiece {
  onStart(span: unknown, parent: Context): void
  onEnd(span: unknown): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export interface LogRecordProcessorPiece {
  onEmit(record: unknown, context?: Context): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** What it collects is for the SDK alone: no type of the API's says what it is. */
export interface MetricReaderPiece {
  setMetricProducer(producer: unknown): void
  selectAggregation(instrumentType: never): { type: 0 | 1 | 2 | 3 | 4 | 5 }
  selectAggregationTemporality(instrumentType: never): 0 | 1
  selectCardinalityLimit(instrumentType: never): number
  collect(): Promise<never>
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export interface SamplerPiece {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): { decision: 0 | 1 | 2; attributes?: Readonly<Attributes>; traceState?: TraceState }
  toString(): string
}

export interface IdGeneratorPiece {
  generateTraceId(): string
  generateSpanId(): string
}

export interface ResourcePiece {
  readonly asyncAttributesPending?: boolean
  readonly attributes: Attributes
  readonly schemaUrl?: string
  waitForAsyncAttributes?(): Promise<void>
  merge(other: unknown): ResourcePiece
  getRawAttributes(): [string, unknown][]
}

export interface InstrumentationPiece {
  instrumentationName: string
  instrumentationVersion: string
  enable(): void
  disable(): void
  setTracerProvider(provider: TracerProvider): void
  setMeterProvider(provider: MeterProvider): void
  setLoggerProvider(provider: LoggerProvider): void
  setConfig(config: { enabled?: boolean }): void
  getConfig(): { enabled?: boolean }
}
