import { TraceFlags, type Context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { reportInternal } from '@waybill/core'
import { load } from '../lazy.ts'
import type { KeepConfig, RedactionConfig } from './config.ts'
import type * as RedactModule from './redact/redact.ts'
import type * as SamplingModule from './sampling.ts'

/** What stands between a span's end and the exporters. */
export interface Stages extends SpanProcessor {
  /** Hand on what is held. For an ending process; does not wait. */
  release?(): void
}

/** `keep` and redaction, as far as they are on, before `exporters`. */
export function createStages(
  exporters: readonly SpanProcessor[],
  redaction: RedactionConfig | false | undefined,
  keep: KeepConfig | undefined,
): Stages {
  const redacted = new RedactionStage(exporters, redaction || undefined)
  if (!keep) return redacted
  const { KeepProcessor } = load('tracing/sampling') as typeof SamplingModule
  return new KeepProcessor(keep, redacted)
}

/** Redacts what is about to be exported. A span that cannot be redacted is not exported. */
class RedactionStage implements SpanProcessor {
  readonly #exporters: readonly SpanProcessor[]
  readonly #config: RedactionConfig | undefined
  #redaction: RedactModule.Redaction | undefined

  constructor(exporters: readonly SpanProcessor[], config: RedactionConfig | undefined) {
    this.#exporters = exporters
    this.#config = config
  }

  onStart(span: Span, parent: Context): void {
    for (const exporter of this.#exporters) exporter.onStart(span, parent)
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
    if (this.#config) {
      try {
        this.#redaction ??= redactionOf(this.#config)
        this.#redaction.redactSpan(span)
      } catch (error) {
        reportInternal('redaction of a span', error)
        return
      }
    }
    for (const exporter of this.#exporters) exporter.onEnd(span)
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#exporters.map((exporter) => exporter.forceFlush()))
  }

  async shutdown(): Promise<void> {
    await Promise.all(this.#exporters.map((exporter) => exporter.shutdown()))
  }
}

/** Read with the first record: many processes make none. */
export function redactionOf(config: RedactionConfig): RedactModule.Redaction {
  const { Redaction } = load('tracing/redact/redact') as typeof RedactModule
  return new Redaction(config)
}
