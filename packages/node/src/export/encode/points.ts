import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'

export function countPoints({ scopeMetrics }: ResourceMetrics): number {
  let points = 0
  for (const scope of scopeMetrics) for (const metric of scope.metrics) points += metric.dataPoints.length
  return points
}

/** The same in two parts, by scopes, else by metrics, else by points; nothing where there is but one point. */
export function halveMetrics({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics[] {
  if (scopeMetrics.length > 1) return halve(scopeMetrics).map((half) => ({ resource, scopeMetrics: half }))
  const [only] = scopeMetrics
  if (!only) return []
  const parts =
    only.metrics.length > 1 ? halve(only.metrics) : only.metrics.flatMap(halvePoints).map((half) => [half])
  return parts.map((metrics) => ({ resource, scopeMetrics: [{ scope: only.scope, metrics }] }))
}

/** A list in two, nothing where it has one element or none. */
export function halve<T>(list: readonly T[]): T[][] {
  const middle = list.length >> 1
  return middle === 0 ? [] : [list.slice(0, middle), list.slice(middle)]
}

function halvePoints(metric: MetricData): MetricData[] {
  return halve<unknown>(metric.dataPoints).map((dataPoints) => ({ ...metric, dataPoints }) as MetricData)
}
