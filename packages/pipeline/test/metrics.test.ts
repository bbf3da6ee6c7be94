import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { action, pipeline } from '../src/index.ts'

test('events, actions and durations are counted by outcome', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  const { handle } = pipeline<string>({
    name: 'p',
    condition: (event) => {
      if (event === 'broken') throw new Error('broken')
      return event !== 'no'
    },
    actions: [action('a', (event) => (event === 'bad' ? Promise.reject(new Error('bad')) : 1))],
    onError: () => {},
  })
  // A provider that comes after the pipeline was made, but before its first event, counts.
  metrics.setGlobalMeterProvider(provider)
  for (const event of ['yes', 'yes', 'no', 'bad', 'broken']) await handle(event).catch(() => {})
  await provider.forceFlush()

  const points = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => ({
        name: descriptor.name,
        attributes,
        value: typeof value === 'number' ? value : (value as { count: number }).count,
      })),
    )
  await provider.shutdown()
  metrics.disable()

  const at = (name: string, attributes: object, value: number) => ({ name, attributes, value })
  const ofA = { pipeline: 'p', action: 'a', action_type: 'custom' }
  expect(points).toEqual([
    at('waybill.pipeline.events', { pipeline: 'p', outcome: 'matched' }, 2),
    at('waybill.pipeline.events', { pipeline: 'p', outcome: 'not_matched' }, 1),
    at('waybill.pipeline.events', { pipeline: 'p', outcome: 'failed' }, 2),
    at('waybill.pipeline.actions', { ...ofA, outcome: 'ok' }, 2),
    at('waybill.pipeline.actions', { ...ofA, outcome: 'failed' }, 1),
    at('waybill.pipeline.duration', { pipeline: 'p', outcome: 'matched' }, 2),
    at('waybill.pipeline.duration', { pipeline: 'p', outcome: 'not_matched' }, 1),
    at('waybill.pipeline.duration', { pipeline: 'p', outcome: 'failed' }, 2),
  ])
})
