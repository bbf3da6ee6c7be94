import { logOf } from './normalize/log.ts'
import { countPoints, metricOf, pointOf } from './normalize/metric.ts'
import { spanOf } from './normalize/span.ts'
import { Rejects, walk, type Group } from './normalize/walk.ts'
import type { LogRecord, Metric, MetricPoint, Signal, SpanRecord } from './rows.ts'

/** The data points of one metric. */
export interface MetricRecord {
  metric: Metric
  points: MetricPoint[]
}

/** One request, ready to be stored, and how many of its records could not be. */
export type Arrival = { rejected: number; reason?: string } & (
  | { signal: 'traces'; groups: Group<SpanRecord>[] }
  | { signal: 'logs'; groups: Group<LogRecord>[] }
  | { signal: 'metrics'; groups: Group<MetricRecord>[] }
)

/** An OTLP/JSON export request as rows. Never throws: what is ill-formed is left out and counted. */
export function normalize(signal: Signal, request: Record<string, unknown>): Arrival {
  const rejects = new Rejects()
  switch (signal) {
    case 'traces': {
      const groups = walk(request, ['resourceSpans', 'scopeSpans', 'spans'], rejects, spanOf)
      return { signal, groups, ...rejects.outcome }
    }
    case 'logs': {
      const groups = walk(request, ['resourceLogs', 'scopeLogs', 'logRecords'], rejects, logOf)
      return { signal, groups, ...rejects.outcome }
    }
    case 'metrics': {
      const read = (raw: unknown): MetricRecord => metricRecordOf(raw, rejects)
      const groups = walk(request, ['resourceMetrics', 'scopeMetrics', 'metrics'], rejects, read, countPoints)
      return { signal, groups, ...rejects.outcome }
    }
  }
}

function metricRecordOf(raw: unknown, rejects: Rejects): MetricRecord {
  const { metric, rawPoints } = metricOf(raw)
  const points: MetricPoint[] = []
  for (const rawPoint of rawPoints) {
    const point = rejects.try(() => pointOf(metric.type, rawPoint))
    if (point) points.push(point)
  }
  return { metric, points }
}
