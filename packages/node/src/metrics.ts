import { metrics } from '@opentelemetry/api'
import { millisToHrTime, type ExportResult } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type IMetricReader,
  type MetricData,
  type MetricProducer,
  type PushMetricExporter,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Channel } from './export/channel.ts'
import { countPoints, encodeMetrics } from './export/encode.ts'
import type { Flushable } from './logs.ts'
import type { Protocol } from './options/endpoint.ts'
import type { Options } from './options/read.ts'

/** The meter provider of `OTEL_METRICS_EXPORTER`, registered globally; undefined where the signal is off. */
export function startMetrics(options: Options, resource: Resource, channel: Channel): Flushable | undefined {
  const readers: IMetricReader[] = []
  const exportIntervalMillis = options.metricInterval
  const endpoint = options.endpoints.metrics
  let own: ExportMetricReader | undefined
  if (endpoint) {
    own = new ExportMetricReader(
      new ChannelMetricExporter(channel, endpoint.protocol, endpoint.timeout),
      exportIntervalMillis,
    )
    readers.push(own)
  }
  if (options.exporters.metrics.includes('console')) {
    const exportTimeoutMillis = Math.min(exportIntervalMillis, 30_000)
    readers.push(
      new PeriodicExportingMetricReader({
        exporter: new ConsoleMetricExporter(),
        exportIntervalMillis,
        exportTimeoutMillis,
      }),
    )
  }
  if (readers.length === 0) return undefined
  metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers }))
  return own
}

/** Hands each collection to the export worker. */
class ChannelMetricExporter implements PushMetricExporter {
  readonly #channel: Channel
  readonly #protocol: Protocol
  readonly #flushTimeout: number

  constructor(channel: Channel, protocol: Protocol, flushTimeout: number) {
    this.#channel = channel
    this.#protocol = protocol
    this.#flushTimeout = flushTimeout
  }

  export(collected: ResourceMetrics, done: (result: ExportResult) => void): void {
    if (countPoints(collected) > 0) this.#channel.send(encodeMetrics(collected, this.#protocol))
    done({ code: 0 })
  }

  async forceFlush(): Promise<void> {
    await this.#channel.flush(this.#flushTimeout)
  }

  shutdown(): Promise<void> {
    return this.forceFlush()
  }
}

/** What upstream's collector holds, as far as a synchronous collection needs it. */
interface Collector extends MetricProducer {
  readonly _sharedState: {
    readonly resource: Resource
    readonly meterSharedStates: ReadonlyMap<
      string,
      {
        readonly _instrumentationScope: ScopeMetrics['scope']
        readonly metricStorageRegistry: {
          getStorages(
            collector: MetricProducer,
          ): { collect(collector: MetricProducer, time: [number, number]): MetricData | undefined }[]
        }
      }
    >
  }
}

class ExportMetricReader extends PeriodicExportingMetricReader implements Flushable {
  readonly #exporter: PushMetricExporter
  #collector: Collector | undefined

  constructor(exporter: PushMetricExporter, exportIntervalMillis: number) {
    super({ exporter, exportIntervalMillis, exportTimeoutMillis: Math.min(exportIntervalMillis, 30_000) })
    this.#exporter = exporter
  }

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer)
    this.#collector = producer as Collector
  }

  /**
   * Collects synchronously, for the `exit` event: upstream's own collection awaits promises, which settle no
   * more there. Counters and histograms are complete; observable gauges keep their last export.
   */
  handOver(): void {
    const collector = this.#collector
    if (!collector) return
    const time = millisToHrTime(Date.now())
    const scopeMetrics: ScopeMetrics[] = []
    for (const {
      _instrumentationScope: scope,
      metricStorageRegistry,
    } of collector._sharedState.meterSharedStates.values()) {
      const collected = metricStorageRegistry
        .getStorages(collector)
        .map((storage) => storage.collect(collector, time))
      const some = collected.filter(
        (metric) => metric !== undefined && metric.dataPoints.length > 0,
      ) as MetricData[]
      if (some.length > 0) scopeMetrics.push({ scope, metrics: some })
    }
    if (scopeMetrics.length > 0) {
      this.#exporter.export({ resource: collector._sharedState.resource, scopeMetrics }, () => {})
    }
  }
}
