import type { ExportResult } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type AggregationSelector,
  type AggregationTemporalitySelector,
  type IMetricReader,
  type MetricProducer,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { reportInternal } from '@waybill/core'
import { countPoints } from './export/encode/points.ts'
import type * as Serializers from './export/encode/serializers.ts'
import type { Flushable, Sender } from './export/sender.ts'
import type * as PrometheusModule from './exporters/prometheus.ts'
import { load } from './lazy.ts'
import { collectNow } from './metrics-now.ts'
import { aggregationSelector, temporalitySelector, viewsOf } from './metrics-options.ts'
import type { Protocol } from './options/endpoint.ts'
import type { MetricOptions, Options } from './options/read.ts'
import { observeSelf, type SelfSources } from './self.ts'

export interface StartedMetrics extends Pick<Flushable, 'handOver'> {
  readonly provider: MeterProvider
}

export interface MetricReaders extends Pick<Flushable, 'handOver'> {
  readonly readers: IMetricReader[]
}

/**
 * The meter provider of `OTEL_METRICS_EXPORTER`.
 *
 * @param self where the metrics about Waybill itself are read; not in a thread of the app
 */
export function startMetrics(
  options: Options,
  resource: Resource,
  sender: Sender,
  self: SelfSources | undefined,
): StartedMetrics {
  const { readers, handOver } = createReaders(options, sender)
  const provider = new MeterProvider({ resource, readers, views: viewsOf(options.metrics) })
  if (self) observeSelf(provider, self)
  return { provider, handOver }
}

/** The readers of `OTEL_METRICS_EXPORTER`. */
export function createReaders(options: Options, sender: Sender): MetricReaders {
  const { exporters, metrics, prometheus } = options
  const endpoint = options.endpoints.metrics
  const own: ExportMetricReader[] = []
  if (endpoint) {
    const exporter = new ChannelMetricExporter(sender, endpoint.protocol, endpoint.timeout, metrics)
    own.push(new ExportMetricReader(exporter, metrics))
  }
  if (exporters.metrics.includes('console')) {
    own.push(new ExportMetricReader(new ConsoleMetricExporter(), metrics))
  }
  const readers: IMetricReader[] = [...own]
  if (exporters.metrics.includes('prometheus')) {
    const { prometheusReader } = load('exporters/prometheus') as typeof PrometheusModule
    readers.push(prometheusReader(prometheus))
  }
  return {
    readers,
    handOver() {
      for (const reader of own) reader.handOver()
    },
  }
}

/** Hands each collection to the export worker. */
class ChannelMetricExporter implements PushMetricExporter {
  readonly #sender: Sender
  readonly #protocol: Protocol
  readonly #flushTimeout: number
  readonly selectAggregation: AggregationSelector
  readonly selectAggregationTemporality: AggregationTemporalitySelector

  constructor(sender: Sender, protocol: Protocol, flushTimeout: number, options: MetricOptions) {
    this.selectAggregation = aggregationSelector(options)
    this.selectAggregationTemporality = temporalitySelector(options)
    this.#sender = sender
    this.#protocol = protocol
    this.#flushTimeout = flushTimeout
  }

  export(collected: ResourceMetrics, done: (result: ExportResult) => void): void {
    const points = countPoints(collected)
    try {
      if (points > 0) this.#send(collected)
    } catch (error) {
      reportInternal('encoding metrics', error)
      this.#sender.lost('metrics', points, 'encode')
    }
    done({ code: 0 })
  }

  #send(collected: ResourceMetrics): void {
    // Read here, as a process that ends before its first export needs none of it.
    const { encodeMetrics } = load('export/encode/serializers') as typeof Serializers
    for (const { bytes, items } of encodeMetrics(collected, this.#protocol)) {
      this.#sender.send({ signal: 'metrics', bytes, items })
    }
  }

  async forceFlush(): Promise<void> {
    await this.#sender.flush(this.#flushTimeout)
  }

  shutdown(): Promise<void> {
    return this.forceFlush()
  }
}

class ExportMetricReader extends PeriodicExportingMetricReader {
  readonly #exporter: PushMetricExporter
  #producer: MetricProducer | undefined

  constructor(exporter: PushMetricExporter, { interval, timeout }: MetricOptions) {
    super({ exporter, exportIntervalMillis: interval, exportTimeoutMillis: timeout })
    this.#exporter = exporter
  }

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer)
    this.#producer = producer
  }

  override shutdown(options?: Parameters<IMetricReader['shutdown']>[0]): Promise<void> {
    this.#producer = undefined
    return super.shutdown(options)
  }

  /** Collects and exports without waiting, for the `exit` event. */
  handOver(): void {
    const collected = this.#producer && collectNow(this.#producer)
    if (collected) this.#exporter.export(collected, () => {})
  }
}
