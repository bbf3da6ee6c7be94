// What the options hand to tracing/: already read and checked. Types only, so that the preload can import them.

/** A glob, or several of which one must match: `*` any characters, `?` one. Case matters. */
export type Globs = string | readonly string[]

export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** A sampler: `OTEL_TRACES_SAMPLER`, or `tracer_provider.sampler` of the file. */
export type SamplerConfig =
  | { readonly type: 'always_on' | 'always_off' }
  /** `traceidratio`, `trace_id_ratio_based`, `probability/development`: consistent, `ot=th:` in tracestate. 0 to 1. */
  | { readonly type: 'probability'; readonly ratio: number }
  | RateLimitConfig
  | JaegerRemoteConfig
  | ParentBasedConfig
  | { readonly type: 'composite'; readonly sampler: ComposableConfig }

export interface RateLimitConfig {
  readonly type: 'rate_limit'
  /** Traces a second, above 0; fractions are fine: 0.1 is one in ten seconds. */
  readonly perSecond: number
  /** Traces at once after a quiet time, at least 1. @default perSecond, at least 1 */
  readonly burst?: number
}

export interface ParentBasedConfig {
  readonly type: 'parent_based'
  readonly root: SamplerConfig
  readonly remoteParentSampled?: SamplerConfig
  readonly remoteParentNotSampled?: SamplerConfig
  readonly localParentSampled?: SamplerConfig
  readonly localParentNotSampled?: SamplerConfig
}

export interface JaegerRemoteConfig {
  readonly type: 'jaeger_remote'
  /** `http://host:5778/sampling`; `?service=` is added. */
  readonly endpoint: string
  /** Milliseconds between two polls. @default 60000 */
  readonly interval?: number
  /** Until the first answer. */
  readonly initial: SamplerConfig
}

/** `composite/development` of the declarative schema. */
export type ComposableConfig =
  | { readonly type: 'always_on' | 'always_off' }
  | { readonly type: 'probability'; readonly ratio: number }
  | { readonly type: 'parent_threshold'; readonly root: ComposableConfig }
  | { readonly type: 'rule_based'; readonly rules: readonly ComposableRule[] }

export interface ComposableRule {
  /** All that are given must hold. */
  readonly attributeValues?: { readonly key: string; readonly values: readonly string[] }
  readonly attributePatterns?: {
    readonly key: string
    readonly included?: readonly string[]
    readonly excluded?: readonly string[]
  }
  readonly spanKinds?: readonly SpanKindName[]
  readonly parent?: readonly ('none' | 'remote' | 'local')[]
  readonly sampler: ComposableConfig
}

/** One rule of `sampling.rules`: what a local root must be like (all that is given must hold), and what then. */
export type SamplingRule = RuleMatch & RuleAction

export interface RuleMatch {
  /** `/users/:id`, `/users/{id}`, `/static/*`. Matched with `http.route` where it is known at the start, else the path. */
  readonly route?: Globs
  /** The span's name at its start, such as `GET`. */
  readonly name?: Globs
  readonly kind?: SpanKindName | readonly SpanKindName[]
  /** `service.name` of this process: one file for many services. */
  readonly service?: Globs
  /** What kind of event is worked on. */
  readonly eventType?: Globs
  /** Attribute → globs of its value, as text. Only attributes the span has at its start. */
  readonly attributes?: Readonly<Record<string, Globs>>
}

/** Exactly one of the three. */
export type RuleAction =
  | { readonly drop: true }
  /** 0 to 1. */
  | { readonly ratio: number }
  | { readonly perSecond: number; readonly burst?: number }

/** *Keep errors and slow ones.* */
export interface KeepConfig {
  readonly errors: boolean
  /** Milliseconds from which a local root is slow; undefined: none is. */
  readonly slow?: number
  /** Traces held at once. @default 1000 */
  readonly maxTraces?: number
  /** Spans held at once. @default 20000 */
  readonly maxSpans?: number
  /** Estimated bytes held at once. @default 16 MiB */
  readonly maxBytes?: number
  /** Milliseconds a trace is held, from the start of its local root. @default 60000 */
  readonly maxAge?: number
}

export interface SamplingConfig {
  readonly sampler: SamplerConfig
  readonly rules?: readonly SamplingRule[]
  readonly keep?: KeepConfig
}

/** `WAYBILL_REDACTION…` and `redaction` of the file. Everything that is on by default can be turned off alone. */
export interface RedactionConfig {
  /** Credentials and sensitive query values in URLs, wherever they stand in a text. @default true */
  readonly urls?: boolean
  /** Query parameters that are sensitive beside those Waybill knows. Names, not globs; case does not matter. */
  readonly query?: readonly string[]
  /** Captured `authorization`, `cookie` and such headers. @default true */
  readonly headers?: boolean
  /** Literals in SQL text. @default true */
  readonly sql?: boolean
  /** Globs of attribute names whose values never leave the process. */
  readonly deny?: readonly string[]
  /** Globs of attribute names that `deny` does not mean: `deny: ['*']` makes this the list of all that leaves. */
  readonly allow?: readonly string[]
}

/** `WAYBILL_TRACE_ID`. */
export type TraceIdKind = 'random' | 'uuidv7'

/** `OTEL_PROPAGATORS`; `none` alone is an empty list. */
export const PROPAGATOR_NAMES = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray'] as const
export type PropagatorName = (typeof PROPAGATOR_NAMES)[number]

/** `WAYBILL_HTTP_RESPONSE_HEADERS`; `none` alone is an empty list. */
export const RESPONSE_HEADERS = ['x-trace-id', 'traceresponse', 'server-timing', 'x-correlation-id'] as const
export type ResponseHeader = (typeof RESPONSE_HEADERS)[number]

export interface HttpEntryConfig {
  /** Headers added to answers. @default all of RESPONSE_HEADERS */
  readonly responseHeaders: readonly ResponseHeader[]
  /** Take a well-formed `X-Trace-Id` as trace id where no `traceparent` came. @default true */
  readonly acceptTraceId: boolean
}
