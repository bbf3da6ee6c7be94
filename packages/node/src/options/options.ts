// What the rest of Waybill gets to see of its configuration: complete, checked, plain data. Types only.
import type { Component } from '@waybill/core'
import type { LogLevel, Signal } from './table.ts'
import type {
  HttpEntryConfig,
  PropagatorName,
  RedactionConfig,
  SamplingConfig,
  TraceIdKind,
} from '../tracing/config.ts'
import type { Endpoint } from './endpoint.ts'

export type { LogLevel, Signal }
export type ExporterName = 'otlp' | 'console' | 'zipkin' | 'prometheus'
/** The name of before. */
export type Propagator = PropagatorName
export type Detector = 'env' | 'host' | 'os' | 'process' | 'serviceinstance'

export interface Options {
  readonly disabled: boolean
  /** `OTEL_LOG_LEVEL` is `debug`, `verbose` or `all`. */
  readonly debug: boolean
  readonly logLevel: LogLevel
  /** A line when the SDK starts. Undefined: where stderr is a terminal. */
  readonly banner: boolean | undefined
  readonly propagators: readonly PropagatorName[]
  readonly sampling: SamplingConfig
  readonly traceIds: TraceIdKind
  readonly redaction: RedactionConfig | false
  readonly http: HttpEntryConfig
  /** An empty list: the signal is off. */
  readonly exporters: Record<Signal, readonly ExporterName[]>
  /** Where `otlp` is among the exporters of a signal, its endpoint. */
  readonly endpoints: Partial<Record<Signal, Endpoint>>
  readonly zipkin: { readonly url: string; readonly timeout: number }
  readonly prometheus: { readonly host: string; readonly port: number }
  readonly spans: BatchOptions
  readonly logRecords: BatchOptions
  readonly spanLimits: SpanLimits
  readonly logRecordLimits: LogRecordLimits
  readonly metrics: MetricOptions
  /** `OTEL_SERVICE_NAME`, else `service.name` of the resource attributes. */
  readonly serviceName: string | undefined
  readonly resourceDetectors: readonly Detector[]
  /** Of the configuration file: they beat what is detected. */
  readonly resourceAttributes: Readonly<Record<string, AttributeValue>>
  readonly integrations: IntegrationOptions
  readonly spool: SpoolSettings
  /** Components that make no spans (`logs`: no log records). */
  readonly componentsOff: readonly Component[]
  /** Longest time an ending process waits for its telemetry to be delivered, in milliseconds. */
  readonly exitTimeout: number
}

export type AttributeValue = string | number | boolean | string[] | number[] | boolean[]

export interface BatchOptions {
  /** Milliseconds from the first record to the export. */
  readonly delay: number
  readonly batchSize: number
}

/** Undefined: the SDK's default. */
export interface LogRecordLimits {
  readonly attributeCountLimit: number | undefined
  readonly attributeValueLengthLimit: number | undefined
}

export interface SpanLimits extends LogRecordLimits {
  readonly eventCountLimit: number | undefined
  readonly linkCountLimit: number | undefined
  readonly attributePerEventCountLimit: number | undefined
  readonly attributePerLinkCountLimit: number | undefined
}

export interface MetricOptions {
  /** Milliseconds. */
  readonly interval: number
  /** Milliseconds; not longer than the interval. */
  readonly timeout: number
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory'
  readonly histogram: 'explicit_bucket_histogram' | 'base2_exponential_bucket_histogram'
  readonly exemplars: 'trace_based' | 'always_on' | 'always_off'
  readonly views: readonly ViewConfig[]
}

/** A view of the configuration file, as its schema has it. */
export interface ViewConfig {
  readonly selector: {
    readonly instrument_name?: string | null
    readonly instrument_type?: string | null
    readonly unit?: string | null
    readonly meter_name?: string | null
    readonly meter_version?: string | null
    readonly meter_schema_url?: string | null
  }
  readonly stream: {
    readonly name?: string | null
    readonly description?: string | null
    readonly aggregation?: Readonly<Record<string, AggregationConfig | null>> | null
    readonly aggregation_cardinality_limit?: number | null
    readonly attribute_keys?: { readonly included?: string[]; readonly excluded?: string[] } | null
  }
}

export interface AggregationConfig {
  readonly boundaries?: number[]
  readonly record_min_max?: boolean | null
  readonly max_size?: number | null
}

export interface IntegrationOptions {
  readonly enabled: readonly string[] | undefined
  readonly disabled: readonly string[]
  /** Integration → what is given to its instrumentation, over the defaults. */
  readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface SpoolSettings {
  readonly enabled: boolean
  readonly dir: string | undefined
  readonly maxBytes: number
}
