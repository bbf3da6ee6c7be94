import type { SpanRow } from '@waybill/viewer'
import { bulkInserts, checkBulkInserts } from './check-bulk.ts'
import { checkLines } from './check-lines.ts'
import { stepsOf } from './check-steps.ts'
import type { LogLine } from './service.ts'
import type { Posted } from './stories.ts'
import { KIND, text, type Index } from './telemetry.ts'
import type { Topics } from './topics.ts'

// Pure: what arrived and what was posted in, one sentence for each expectation that failed out.

export interface Expected {
  services: readonly string[]
  topics: Topics
  /** What the services have logged. */
  lines: readonly LogLine[]
}

/** One record's story: its trace is whole, goes the whole way, and is that of this record alone. */
export function checkRecord(index: Index, posted: Posted, expected: Expected): string[] {
  const { parcel_id } = posted.scan
  return [
    ...checkServices(index, expected.services),
    ...recordProblems(index, posted, expected).map((problem) => `${parcel_id}: ${problem}`),
    ...(posted.fate === 'dead' ? [] : checkBulkInserts(index, [posted])),
    ...checkLines(index, expected.lines),
  ]
}

/** Many records posted at once: each in a trace of its own, all the way, and linked from its bulk insert. */
export function checkBatch(index: Index, batch: readonly Posted[], expected: Expected): string[] {
  const traces = new Set(batch.map((posted) => posted.traceId))
  const problems = checkServices(index, expected.services)
  if (traces.size !== batch.length) problems.push(`${batch.length} records are in ${traces.size} traces`)

  const records = new Map<string, string[]>()
  for (const posted of batch) {
    for (const problem of new Set(recordProblems(index, posted, expected))) {
      records.set(problem, [...(records.get(problem) ?? []), posted.scan.parcel_id])
    }
  }
  for (const [problem, ids] of records) {
    const some = ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ')
    problems.push(`${some}: ${problem}`)
  }
  const stored = batch.filter(({ fate }) => fate !== 'dead')
  if (bulkInserts(index, stored).every(({ links }) => links.length < 2)) {
    problems.push('no bulk insert has more than one record: they did not come in batches')
  }
  return [...problems, ...checkBulkInserts(index, stored), ...checkLines(index, expected.lines)]
}

function checkServices(index: Index, services: readonly string[]): string[] {
  const heard = new Set(index.all.spans.map(({ service }) => service))
  return services
    .filter((service) => !heard.has(service))
    .map((service) => `${service} sent no spans: is it started with --require @waybill/node/register?`)
}

function recordProblems(index: Index, posted: Posted, expected: Expected): string[] {
  if (posted.traceId === undefined) {
    return ['the log line of scan-api has no trace_id: is it started with --require @waybill/node/register?']
  }
  const trace = index.trace(posted.traceId)
  if (trace.length === 0) return ['no span of its trace arrived']
  return [
    ...wholeness(trace),
    ...stepsOf(posted.fate, expected.topics)
      .filter(({ found }) => !trace.some(found))
      .map(({ what }) => `its trace has no ${what}`),
    ...continuity(trace),
    ...strangers(index, posted),
    ...(posted.fate === 'dead' && trace.some(({ service }) => service === 'parcel-store')
      ? ['it is a dead letter, and parcel-store has a span in its trace']
      : []),
  ]
}

function wholeness(trace: readonly SpanRow[]): string[] {
  const ids = new Set(trace.map(({ spanId }) => spanId))
  const roots = trace.filter(({ parentSpanId }) => parentSpanId === undefined)
  const orphans = trace.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))
  return [
    ...(roots.length === 1 ? [] : [`its trace has ${roots.length} roots`]),
    ...orphans.map(({ service, name }) => `the parent of "${name}" of ${service} did not arrive`),
  ]
}

/** Each process span is the child of the span that sent its record. */
function continuity(trace: readonly SpanRow[]): string[] {
  return trace
    .filter((span) => text(span, 'messaging.operation.name') === 'process')
    .filter((span) => {
      const parent = trace.find(({ spanId }) => spanId === span.parentSpanId)
      const topic = text(span, 'messaging.destination.name')
      return parent?.kind !== KIND.producer || text(parent, 'messaging.destination.name') !== topic
    })
    .map(({ service, name }) => `"${name}" of ${service} does not continue the span that sent its record`)
}

/** Log lines in the trace that name another parcel: the trace was given to the wrong record. */
function strangers(index: Index, { traceId, scan }: Posted): string[] {
  return index
    .logs(traceId)
    .filter((log) => (text(log, 'parcel_id') ?? scan.parcel_id) !== scan.parcel_id)
    .map((log) => `a line of ${log.service} about another parcel is in its trace`)
}
