import type { LogLine } from './service.ts'
import type { Index } from './telemetry.ts'

/**
 * Every line that a service wrote inside a request or message carries the ids of a span that is there, and has
 * arrived as a log record, too. Only `ready` is written outside of one.
 */
export function checkLines(index: Index, lines: readonly LogLine[]): string[] {
  const arrived = new Map<string, number>()
  for (const { service, traceId, spanId, body } of index.all.logs) {
    const key = [service, traceId, spanId, typeof body === 'string' ? body : ''].join(' ')
    arrived.set(key, (arrived.get(key) ?? 0) + 1)
  }
  const problems = new Map<string, number>()
  for (const { service, msg, fields } of lines) {
    if (msg === 'ready') continue
    const problem = problemOf(index, arrived, service, msg, fields)
    if (problem) problems.set(problem, (problems.get(problem) ?? 0) + 1)
  }
  return [...problems].map(([problem, count]) => (count === 1 ? problem : `${problem} (${count} such lines)`))
}

function problemOf(
  index: Index,
  arrived: Map<string, number>,
  service: string,
  msg: string,
  { trace_id, span_id }: LogLine['fields'],
): string | undefined {
  const line = `line "${msg}" of ${service}`
  if (typeof trace_id !== 'string' || typeof span_id !== 'string') return `${line} has no trace_id`
  if (!index.span(trace_id, span_id)) return `${line} names a span that did not arrive`
  const key = [service, trace_id, span_id, msg].join(' ')
  const left = arrived.get(key) ?? 0
  if (left === 0) return `${line} did not arrive as a log record`
  arrived.set(key, left - 1)
  return undefined
}
