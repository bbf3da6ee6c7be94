import type { Buckets, Metric, MetricPoint } from '../rows.ts'
import {
  attributesOf,
  BadRecord,
  bigintOf,
  booleanOf,
  countOf,
  doubleOf,
  fieldsOf,
  integerOf,
  listOf,
  textOf,
  timeOf,
  type Fields,
} from './values.ts'

const POINT_READERS: Record<Metric['type'], (point: Fields) => Partial<MetricPoint>> = {
  gauge: numberOf,
  sum: numberOf,
  histogram: histogramOf,
  exponentialHistogram: exponentialHistogramOf,
  summary: summaryOf,
}
const TYPES = Object.keys(POINT_READERS) as Metric['type'][]

/** What an OTLP/JSON metric says of all its points, and the points as they came. Throws BadRecord. */
export function metricOf(raw: unknown): { metric: Metric; rawPoints: readonly unknown[] } {
  const fields = fieldsOf(raw, 'a metric')
  const type = TYPES.find((name) => fields[name] !== undefined && fields[name] !== null)
  if (type === undefined) throw new BadRecord('a metric needs data of a known type')
  const data = fieldsOf(fields[type], type)
  return {
    metric: {
      name: textOf(fields['name'], 'name'),
      description: textOf(fields['description'], 'description'),
      unit: textOf(fields['unit'], 'unit'),
      type,
      temporality: integerOf(data['aggregationTemporality'], 'aggregationTemporality'),
      monotonic: booleanOf(data['isMonotonic'], 'isMonotonic'),
    },
    rawPoints: listOf(data['dataPoints'], 'dataPoints'),
  }
}

/** One data point of a metric of that type. Throws BadRecord. */
export function pointOf(type: Metric['type'], raw: unknown): MetricPoint {
  const point = fieldsOf(raw, 'a data point')
  return {
    attributes: attributesOf(point['attributes']),
    start: timeOf(point['startTimeUnixNano'], 'startTimeUnixNano'),
    time: timeOf(point['timeUnixNano'], 'timeUnixNano'),
    ...POINT_READERS[type](point),
  }
}

/** How many data points an ill-formed metric loses; at least one, so that it is counted. */
export function countPoints(raw: unknown): number {
  try {
    return Math.max(1, metricOf(raw).rawPoints.length)
  } catch {
    return 1
  }
}

function numberOf(point: Fields): Partial<MetricPoint> {
  const { asInt, asDouble } = point
  if (asInt !== undefined && asInt !== null) return { value: Number(bigintOf(asInt, 'asInt')) }
  // A point may say that there was no measurement.
  if (asDouble === undefined || asDouble === null) return {}
  return { value: doubleOf(asDouble, 'asDouble') }
}

function histogramOf(point: Fields): Partial<MetricPoint> {
  return {
    ...totalsOf(point),
    bounds: listOf(point['explicitBounds'], 'explicitBounds').map((bound) => doubleOf(bound, 'a bound')),
    bucketCounts: countsOf(point['bucketCounts']),
  }
}

function exponentialHistogramOf(point: Fields): Partial<MetricPoint> {
  return {
    ...totalsOf(point),
    scale: integerOf(point['scale'], 'scale'),
    zeroCount: countOf(point['zeroCount'], 'zeroCount'),
    positive: bucketsOf(point['positive'], 'positive'),
    negative: bucketsOf(point['negative'], 'negative'),
  }
}

function summaryOf(point: Fields): Partial<MetricPoint> {
  return {
    count: countOf(point['count'], 'count'),
    sum: doubleOf(point['sum'], 'sum'),
    quantiles: listOf(point['quantileValues'], 'quantileValues').map((raw) => {
      const { quantile, value } = fieldsOf(raw, 'a quantile')
      return { quantile: doubleOf(quantile, 'quantile'), value: doubleOf(value, 'value') }
    }),
  }
}

function totalsOf(point: Fields): Partial<MetricPoint> {
  return {
    count: countOf(point['count'], 'count'),
    ...optional('sum', point),
    ...optional('min', point),
    ...optional('max', point),
  }
}

function optional(name: 'sum' | 'min' | 'max', point: Fields): Partial<MetricPoint> {
  const value = point[name]
  return value === undefined || value === null ? {} : { [name]: doubleOf(value, name) }
}

function bucketsOf(raw: unknown, what: string): Buckets {
  const { offset, bucketCounts } = fieldsOf(raw, what)
  return { offset: integerOf(offset, 'offset'), counts: countsOf(bucketCounts) }
}

function countsOf(raw: unknown): number[] {
  return listOf(raw, 'bucketCounts').map((count) => countOf(count, 'a bucket count'))
}
