import type * as fs from 'node:fs'
import { AggregationTemporality, AggregationType, InstrumentType } from '@opentelemetry/sdk-metrics'
import { aggregationSelector, temporalitySelector, viewsOf } from '../src/metrics-options.ts'
import type { MetricOptions, ViewConfig } from '../src/options/options.ts'
import { read } from './support/read.ts'

const { CUMULATIVE, DELTA } = AggregationTemporality
const options = (env: Record<string, string>): MetricOptions => read(env).options.metrics

// Rows of the specification's table.
test.each([
  ['cumulative', [CUMULATIVE, CUMULATIVE, CUMULATIVE, CUMULATIVE]],
  ['delta', [DELTA, DELTA, DELTA, CUMULATIVE]],
  ['lowmemory', [DELTA, CUMULATIVE, DELTA, CUMULATIVE]],
])('temporality %s of counter, observable counter, histogram, up-down counter', (preference, expected) => {
  const select = temporalitySelector(
    options({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference }),
  )
  const types = [
    InstrumentType.COUNTER,
    InstrumentType.OBSERVABLE_COUNTER,
    InstrumentType.HISTOGRAM,
    InstrumentType.UP_DOWN_COUNTER,
  ]
  expect(types.map(select)).toEqual(expected)
})

test('histograms alone are exponential where it is asked for', () => {
  const select = aggregationSelector(
    options({
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
    }),
  )
  expect(select(InstrumentType.HISTOGRAM)).toEqual({ type: AggregationType.EXPONENTIAL_HISTOGRAM })
  expect(select(InstrumentType.COUNTER)).toEqual({ type: AggregationType.DEFAULT })
  expect(aggregationSelector(options({}))(InstrumentType.HISTOGRAM)).toEqual({
    type: AggregationType.DEFAULT,
  })
})

test('views of the file; one that cannot be done is left out', () => {
  const views: ViewConfig[] = [
    {
      selector: { instrument_name: 'http.*', instrument_type: 'histogram', meter_name: 'm' },
      stream: {
        name: 'renamed',
        aggregation: { explicit_bucket_histogram: { boundaries: [1, 2] } },
        attribute_keys: { included: ['a'] },
        aggregation_cardinality_limit: 5,
      },
    },
    { selector: {}, stream: { attribute_keys: { excluded: ['a*'] } } },
    { selector: {}, stream: { aggregation: { acme: null } } },
    { selector: { instrument_type: 'acme' }, stream: {} },
  ]
  const write = jest.spyOn(jest.requireActual<typeof fs>('node:fs'), 'writeSync').mockReturnValue(0)
  const made = viewsOf({ ...options({}), views })
  const lines = write.mock.calls.map(([, text]) => String(text))
  write.mockRestore()
  expect(made).toEqual([
    expect.objectContaining({
      instrumentName: 'http.*',
      instrumentType: InstrumentType.HISTOGRAM,
      meterName: 'm',
      name: 'renamed',
      aggregationCardinalityLimit: 5,
      aggregation: {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { recordMinMax: true, boundaries: [1, 2] },
      },
    }),
  ])
  expect(lines).toEqual([
    expect.stringContaining('views[1] of the configuration file: attribute_keys with * or ?'),
    expect.stringContaining('views[2] of the configuration file: the aggregation acme is unknown'),
    expect.stringContaining('views[3] of the configuration file: instrument_type is unknown'),
  ])
})
