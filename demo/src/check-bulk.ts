import type { SpanRow } from '@waybill/viewer'
import type { Posted } from './stories.ts'
import { text, type Index } from './telemetry.ts'

const NAME = 'insert parcels'
const HOST = 'parcel-store'

/** Spans of bulk inserts that hold one of these records at least. */
export function bulkInserts(index: Index, stored: readonly Posted[]): SpanRow[] {
  const traces = new Set(stored.map(({ traceId }) => traceId))
  return index.all.spans.filter(
    (span) =>
      span.service === HOST && span.name === NAME && span.links.some(({ traceId }) => traces.has(traceId)),
  )
}

/** Each record is in a bulk insert that links to it; each bulk insert links to every record in it. */
export function checkBulkInserts(index: Index, stored: readonly Posted[]): string[] {
  const inserts = bulkInserts(index, stored)
  const linked = new Set(inserts.flatMap(({ links }) => links.map(({ traceId }) => traceId)))
  const missing = stored.filter(({ traceId }) => traceId === undefined || !linked.has(traceId))
  const problems = inserts.flatMap((span) => insertProblems(index, span))
  if (missing.length > 0) {
    const ids = missing.slice(0, 3).map(({ scan }) => scan.parcel_id)
    problems.push(
      `no bulk insert links to ${ids.join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`,
    )
  }
  return problems
}

function insertProblems(index: Index, span: SpanRow): string[] {
  const where = `bulk insert ${span.spanId}`
  const problems: string[] = []
  // Counted by the service itself, in the line it writes within the span.
  const line = index.logs(span.traceId).find((log) => log.spanId === span.spanId && text(log, 'parcels'))
  const records = line && Number(text(line, 'parcels'))
  if (records === undefined) problems.push(`${where}: its line "parcels stored" did not arrive`)
  else if (records !== span.links.length)
    problems.push(`${where} of ${records} records has ${span.links.length} links`)

  const lost = span.links.filter((link) => !index.span(link.traceId, link.spanId))
  if (lost.length > 0) problems.push(`${where} links to ${lost.length} spans that did not arrive`)
  const query = index
    .trace(span.traceId)
    .some(
      (child) =>
        child.parentSpanId === span.spanId && (text(child, 'db.system.name') ?? text(child, 'db.system')),
    )
  if (!query) problems.push(`${where} has no PostgreSQL span within`)
  return problems
}
