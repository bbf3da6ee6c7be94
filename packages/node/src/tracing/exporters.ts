import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Resource } from '@opentelemetry/resources'
import type { Flushable, Sender, Way } from '../export/sender.ts'
import type * as ConsoleModule from '../exporters/console.ts'
import type * as ZipkinModule from '../exporters/zipkin.ts'
import { load } from '../lazy.ts'
import type { Options } from '../options/read.ts'
import { ExportSpanProcessor, OperationProcessor } from './processor.ts'
import { createStages } from './stages.ts'

type Exporter = Way & SpanProcessor

export interface SpanExport extends Flushable {
  /** In their order; none where no exporter is named. */
  readonly processors: readonly SpanProcessor[]
}

/**
 * The exporters of `OTEL_TRACES_EXPORTER` behind what every span passes before.
 *
 * @param make one that sends, when its resource is known
 */
export function createSpanExport(
  options: Options,
  sender: Sender,
  make: (create: (resource: Resource) => Exporter) => Exporter,
): SpanExport {
  const { exporters, endpoints, spans, redaction, sampling } = options
  const ours: Exporter[] = []
  const endpoint = endpoints.traces
  if (endpoint) ours.push(make((resource) => new ExportSpanProcessor(sender, endpoint, spans, resource)))
  if (exporters.traces.includes('zipkin')) {
    const { ZipkinSpanProcessor } = load('exporters/zipkin') as typeof ZipkinModule
    ours.push(make((resource) => new ZipkinSpanProcessor(sender, options, resource)))
  }
  const all: SpanProcessor[] = [...ours]
  if (exporters.traces.includes('console')) {
    all.push((load('exporters/console') as typeof ConsoleModule).consoleSpans())
  }
  const stages = createStages(all, redaction, sampling.keep)
  return {
    processors: all.length > 0 ? [new OperationProcessor(), stages] : [],
    handOver() {
      stages.release?.()
      for (const one of ours) one.handOver()
    },
    end() {
      for (const one of ours) one.end()
    },
  }
}
