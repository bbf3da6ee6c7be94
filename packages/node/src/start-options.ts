// Types only, and of such as need no package. What is done with them is in options/code.ts.
import type { LogLevel } from './options/table.ts'
import type {
  KeepConfig,
  PropagatorName,
  RedactionConfig,
  ResponseHeader,
  SamplingRule,
  TraceIdKind,
} from './tracing/config.ts'

/** By what path spans, metrics and log records leave; `none` alone: the signal is off. */
type Exporters<T extends string> = T | 'none' | readonly T[]

export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio'
  | 'jaeger_remote'
  | 'parentbased_jaeger_remote'

/**
 * What `start()` and `waybillNodeSdk()` take. Each beats its variable and the configuration file; what is left
 * out, or undefined, comes from these. Where no default is given here, it is that of docs/reference/configuration.md.
 */
export interface StartOptions {
  /** `service.name`: `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string | undefined
  /** Resource attributes, over those of `OTEL_RESOURCE_ATTRIBUTES` and what is detected. */
  readonly resource?: Readonly<Record<string, ResourceValue>> | undefined
  /** Where OTLP goes, all signals: `http://collector:4317`. `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint?: string | undefined
  /** `OTEL_EXPORTER_OTLP_PROTOCOL`. @default 'grpc' */
  readonly protocol?: 'grpc' | 'http/protobuf' | 'http/json' | undefined
  /** Sent with each OTLP request, in the place of `OTEL_EXPORTER_OTLP_HEADERS`. Never printed. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `OTEL_EXPORTER_OTLP_COMPRESSION`. @default 'none' */
  readonly compression?: 'none' | 'gzip' | undefined
  /** Longest time of one export, in milliseconds. `OTEL_EXPORTER_OTLP_TIMEOUT`. @default 10000 */
  readonly timeout?: number | undefined
  readonly exporters?:
    | {
        /** `OTEL_TRACES_EXPORTER`. @default 'otlp' */
        readonly traces?: Exporters<'otlp' | 'console' | 'zipkin'> | undefined
        /** `OTEL_METRICS_EXPORTER`. @default 'otlp' */
        readonly metrics?: Exporters<'otlp' | 'console' | 'prometheus'> | undefined
        /** `OTEL_LOGS_EXPORTER`. @default 'none' */
        readonly logs?: Exporters<'otlp' | 'console'> | undefined
      }
    | undefined
  /** `OTEL_PROPAGATORS`. @default ['tracecontext', 'baggage'] */
  readonly propagators?: 'none' | readonly PropagatorName[] | undefined
  readonly sampling?:
    | {
        /** `OTEL_TRACES_SAMPLER`. @default 'parentbased_always_on', with `ratio` 'parentbased_traceidratio' */
        readonly sampler?: SamplerName | undefined
        /** The share of traces that begin here and are kept, 0 to 1: the sampler's argument. */
        readonly ratio?: number | undefined
        /** The first that matches a local root decides; where none does, the sampler. In the place of the file's. */
        readonly rules?: readonly SamplingRule[] | undefined
        /** Local roots that end in an error or are slow, with all below them, whatever the sampler said. */
        readonly keep?: Partial<KeepConfig> | undefined
      }
    | undefined
  /** `WAYBILL_TRACE_ID`. @default 'random' */
  readonly traceIds?: TraceIdKind | undefined
  /** false: nothing is redacted. `WAYBILL_REDACTION…`. @default true */
  readonly redaction?: boolean | RedactionConfig | undefined
  readonly http?:
    | {
        /** `WAYBILL_HTTP_RESPONSE_HEADERS`. @default all of them */
        readonly responseHeaders?: 'none' | readonly ResponseHeader[] | undefined
        /** `WAYBILL_HTTP_ACCEPT_TRACE_ID`. @default true */
        readonly acceptTraceId?: boolean | undefined
      }
    | undefined
  readonly instrumentations?:
    | {
        /** These and no others. `OTEL_NODE_ENABLED_INSTRUMENTATIONS`. */
        readonly enabled?: readonly string[] | undefined
        /** `OTEL_NODE_DISABLED_INSTRUMENTATIONS`. */
        readonly disabled?: readonly string[] | undefined
        /** Instrumentation → its options; also those that only code can give, such as hooks. */
        readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
      }
    | undefined
  /** Milliseconds between two exports of metrics. `OTEL_METRIC_EXPORT_INTERVAL`. @default 60000 */
  readonly metricInterval?: number | undefined
  /** false: nothing waits on disk. `WAYBILL_SPOOL…`. @default true */
  readonly spool?:
    | boolean
    | {
        readonly enabled?: boolean | undefined
        readonly dir?: string | undefined
        readonly maxBytes?: number | undefined
      }
    | undefined
  /** Longest time an ending process waits for delivery, in milliseconds. `WAYBILL_EXIT_TIMEOUT`. @default 2000 */
  readonly exitTimeout?: number | undefined
  /** A configuration file. `OTEL_CONFIG_FILE`. */
  readonly configFile?: string | undefined
  /** `OTEL_LOG_LEVEL`: `debug` says more. @default 'info' */
  readonly logLevel?: LogLevel | undefined
  /** A line at the start. `WAYBILL_BANNER`. */
  readonly banner?: boolean | undefined
  /** A mistake in any option ends the process, exit code 78. `WAYBILL_STRICT`. @default false */
  readonly strict?: boolean | undefined
}

export type ResourceValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly number[]
  | readonly boolean[]
