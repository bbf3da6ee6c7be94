// What is remembered between two collections changes nothing of what is collected.
import { ROOT_CONTEXT, type Attributes, type Histogram, type MeterProvider } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider as UpstreamProvider,
  PeriodicExportingMetricReader,
  type Histogram as HistogramValue,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { DurationHistogram } from '../src/integrations/http/duration.ts'
import { DeferredMeterProvider } from '../src/metrics-deferred.ts'

const OK: Attributes = { 'http.request.method': 'GET', 'http.response.status_code': 200, 'http.route': '/a' }
const OTHERS: readonly Attributes[] = [
  { ...OK, 'http.response.status_code': 404 },
  { ...OK, 'http.request.method': 'PUT' },
  { ...OK, 'http.route': '/b' },
  { ...OK, 'error.type': 'ECONNRESET' },
  { ...OK, 'url.scheme': 'https' },
  { ...OK, 'network.protocol.version': '1.1' },
  { ...OK, 'server.address': 'shop.example' },
  { ...OK, 'server.port': 80 },
]

type Record = (value: number, attributes: Attributes) => void

const deltas = AggregationTemporality.DELTA

/** Points of three collections of one histogram. */
async function collected(
  wrap: (histogram: Histogram) => Record,
  { views = [], temporality = deltas, readers = 1, late = false, limit = 2000 }: Setup = {},
): Promise<unknown> {
  const exporters = Array.from({ length: readers }, () => new InMemoryMetricExporter(temporality))
  const make = (): UpstreamProvider =>
    new UpstreamProvider({
      views,
      readers: exporters.map(
        (exporter) =>
          new PeriodicExportingMetricReader({
            exporter,
            exportIntervalMillis: 3_600_000,
            cardinalityLimits: { default: limit },
          }),
      ),
    })
  let real: UpstreamProvider | undefined
  const deferred = new DeferredMeterProvider(() => (real = make()))
  const provider: MeterProvider = late ? deferred : (real = make())
  const record = wrap(provider.getMeter('t').createHistogram('h'))
  for (let round = 0; round < 3; round++) {
    for (const attributes of [OK, ...OTHERS, OK, ...OTHERS]) record(round + 0.5, { ...attributes })
    if (round === 0 && late) deferred.connect()
    if (round === 1) record(1, OK)
    await real!.forceFlush()
  }
  const points = exporters.map((exporter) =>
    exporter
      .getMetrics()
      .map(({ scopeMetrics }) =>
        scopeMetrics[0]!.metrics[0]!.dataPoints.map(({ attributes, value }) => [
          attributes,
          value as HistogramValue,
        ]),
      ),
  )
  await real!.shutdown()
  return points
}

interface Setup {
  readonly views?: ViewOptions[]
  readonly temporality?: AggregationTemporality
  readonly readers?: number
  /** The SDK is read after the first recordings. */
  readonly late?: boolean
  readonly limit?: number
}

const ours = (histogram: Histogram): Record => {
  const durations = new DurationHistogram(histogram)
  return (value, attributes) => durations.record(value, attributes, ROOT_CONTEXT)
}
const upstreams =
  (histogram: Histogram): Record =>
  (value, attributes) =>
    histogram.record(value, attributes, ROOT_CONTEXT)

/** `/a` is `/b` and `/b` is `/a`. */
const VIEW = {
  instrumentName: 'h',
  attributesProcessors: [
    {
      process: (attributes: Attributes) => ({
        ...attributes,
        'http.route': attributes['http.route'] === '/a' ? '/b' : '/a',
      }),
    },
  ],
}

test.each<[string, Setup]>([
  ['delta', {}],
  ['cumulative', { temporality: AggregationTemporality.CUMULATIVE }],
  ['an SDK that comes later', { late: true }],
  ['a view that changes attributes', { views: [VIEW] }],
  ['two readers', { readers: 2 }],
  ['more combinations than a metric may have', { limit: 4 }],
])('the same points as by upstream: %s', async (_, setup) => {
  const points = await collected(upstreams, setup)
  expect(points).toHaveProperty('0.length', 3)
  expect(await collected(ours, setup)).toEqual(points)
})

test('between two collections, upstream is asked once for each combination of attributes', async () => {
  const asked: Attributes[] = []
  await collected((histogram) => {
    const record = histogram.record.bind(histogram)
    histogram.record = (value, attributes = {}, ctx) => {
      asked.push(attributes)
      record(value, attributes, ctx)
    }
    return ours(histogram)
  })
  expect(asked).toEqual([1, 2, 3].flatMap(() => [OK, ...OTHERS]))
})
