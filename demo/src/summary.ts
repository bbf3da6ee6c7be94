import { bulkInserts } from './check-bulk.ts'
import type { Posted } from './stories.ts'
import { ERROR, KIND, text, type Index } from './telemetry.ts'
import type { Topics } from './topics.ts'

/** What became of a batch, counted in the traces of its records: lines to print. */
export function summarize(index: Index, batch: readonly Posted[], topics: Topics): string[] {
  const traces = new Set(batch.map(({ traceId }) => traceId))
  const count = (of: (traceId: string | undefined) => boolean): number => [...traces].filter(of).length
  const has = (service: string, more: (span: ReturnType<Index['trace']>[number]) => boolean) =>
    count((traceId) => index.trace(traceId).some((span) => span.service === service && more(span)))

  const stored = has('parcel-store', (span) => span.kind === KIND.consumer)
  const dead = has('scan-transform', (span) => span.name.startsWith('transform ') && span.status === ERROR)
  const notified = has('customer-hook', (span) => span.kind === KIND.server)
  const inserts = bulkInserts(index, batch).map(({ links }) => links.length)
  return [
    `${batch.length} records posted, in ${traces.size} traces: ${stored} stored, ${dead} dead letters, ${notified} notified`,
    `scan-transform took them in ${sizes(polls(index, traces, topics.scans))}`,
    `parcel-store took them in ${sizes(polls(index, traces, topics.enriched))}`,
    `one bulk insert each, with links to ${inserts.sort((a, b) => b - a).join(', ')} records`,
  ]
}

function polls(index: Index, traces: ReadonlySet<string | undefined>, topic: string): number[] {
  return index.all.spans
    .filter(
      (span) =>
        text(span, 'messaging.operation.name') === 'poll' &&
        text(span, 'messaging.destination.name') === topic &&
        span.links.some(({ traceId }) => traces.has(traceId)),
    )
    .map(({ links }) => links.length)
}

function sizes(batches: number[]): string {
  return `${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}: ${batches.sort((a, b) => b - a).join(', ')} records`
}
