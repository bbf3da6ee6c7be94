import type { Attributes, BatchObservableResult, Meter, MeterProvider, Observable } from '@opentelemetry/api'
import type { Channel } from './export/channel.ts'
import { settledItems, type Count, type Counters } from './export/counters.ts'
import type { BatchQueue } from './export/queue.ts'
import type { Options, Signal } from './options/read.ts'
import { ORIGINS, RESULTS, type SpanCounts } from './tracing/span-counts.ts'
import { VERSION } from './version.ts'

// Metrics about Waybill itself. https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/

/** What they are read from, when they are collected. */
export interface SelfSources {
  readonly options: Pick<Options, 'endpoints' | 'spans' | 'logRecords'>
  readonly channel: Pick<Channel, 'counters' | 'sent' | 'onDurations'>
  readonly spans: SpanCounts
  readonly queues: Queues
}

/** The queues of the app's thread. */
export type Queues = { [queue in Signal]?: Pick<BatchQueue<unknown>, 'added' | 'items' | 'bytes'> }

const NOUN = { traces: 'span', logs: 'log', metrics: 'metric_data_point' } as const
const EXPORTER = { traces: 'span', logs: 'log', metrics: 'metric' } as const
const TYPE = {
  grpc: 'otlp_grpc',
  'http/protobuf': 'otlp_http',
  'http/json': 'otlp_http_json',
  zipkin: 'zipkin_http',
} as const

/** Counts of what is lost after it was handed to the exporter, with their `error.type`. */
const LOST: Partial<Record<Count, string>> = {
  rejected: 'rejected',
  refused: 'refused',
  overflow: 'queue_full',
  spoolDropped: 'spool_full',
  exit: 'process_exit',
  stopped: 'worker_stopped',
}
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export function observeSelf(provider: MeterProvider, sources: SelfSources): void {
  const meter = provider.getMeter('@waybill/node', VERSION)
  const gauges = new Gauges(meter)
  observeSpans(gauges, sources.spans)
  for (const signal of Object.keys(sources.options.endpoints) as Signal[]) {
    observeProcessor(gauges, signal, sources)
    observeExporter(gauges, signal, sources)
    observeSpool(gauges, signal, sources.channel.counters)
  }
  gauges.start()
  recordDurations(meter, sources)
}

function observeSpans(gauges: Gauges, { started, live }: SpanCounts): void {
  gauges.add('Counter', 'otel.sdk.span.started', '{span}', 'Spans created', (observe) => {
    for (const [at, origin] of ORIGINS.entries()) {
      for (const [decision, result] of RESULTS.entries()) {
        const count = started[at]![decision]!
        if (count === 0) continue
        observe(count, { 'otel.span.parent.origin': origin, 'otel.span.sampling_result': result })
      }
    }
  })
  gauges.add('UpDownCounter', 'otel.sdk.span.live', '{span}', 'Spans not ended yet', (observe) => {
    // What is dropped never lives.
    for (const [decision, result] of RESULTS.entries())
      if (decision > 0) observe(live[decision]!, { 'otel.span.sampling_result': result })
  })
}

function observeProcessor(gauges: Gauges, signal: Signal, sources: SelfSources): void {
  const queue = sources.queues[signal]
  if (!queue) return
  const { channel, options } = sources
  const { batchSize } = signal === 'traces' ? options.spans : options.logRecords
  const prefix = `otel.sdk.processor.${NOUN[signal]}`
  const component = componentOf(signal === 'traces' ? 'batching_span_processor' : 'batching_log_processor')
  const unit = unitOf(signal)
  gauges.add('Counter', `${prefix}.processed`, unit, 'Handed to the exporter, or failed', (observe) => {
    observe(channel.sent[signal], component)
    const failed = channel.counters.read(signal, 'encode')
    if (failed > 0) observe(failed, { ...component, 'error.type': 'encode' })
  })
  gauges.add('UpDownCounter', `${prefix}.queue.size`, unit, 'Waiting in the app’s thread', (observe) =>
    observe(queue.items, component),
  )
  gauges.add('UpDownCounter', `${prefix}.queue.capacity`, unit, 'Handed over at this many', (observe) =>
    observe(batchSize, component),
  )
  if (signal === 'logs') {
    gauges.add('Counter', 'otel.sdk.log.created', unit, 'Log records created', (observe) =>
      observe(queue.added, {}),
    )
  }
}

function observeExporter(gauges: Gauges, signal: Signal, sources: SelfSources): void {
  const { counters, sent } = sources.channel
  const component = exporterOf(signal, sources)
  const prefix = `otel.sdk.exporter.${NOUN[signal]}`
  const unit = unitOf(signal)
  gauges.add('Counter', `${prefix}.exported`, unit, 'Delivered to the collector, or lost', (observe) => {
    observe(counters.read(signal, 'delivered'), component)
    for (const [count, error] of Object.entries(LOST) as [Count, string][]) {
      const lost = counters.read(signal, count)
      if (lost > 0) observe(lost, { ...component, 'error.type': error })
    }
  })
  gauges.add('UpDownCounter', `${prefix}.inflight`, unit, 'Handed over, not yet delivered', (observe) =>
    observe(Math.max(0, sent[signal] - settledItems(counters, signal)), component),
  )
  gauges.add(
    'Counter',
    'waybill.exporter.retries',
    '{request}',
    'Requests that were tried again',
    (observe) => observe(counters.read(signal, 'retries'), component),
  )
  gauges.add(
    'Counter',
    'waybill.exporter.resent',
    unit,
    'Delivered after an attempt without an answer: the collector may have them twice',
    (observe) => observe(counters.read(signal, 'resent'), component),
  )
  gauges.add('UpDownCounter', 'waybill.exporter.queue.bytes', 'By', 'Waiting in memory', (observe) =>
    observe((sources.queues[signal]?.bytes ?? 0) + counters.read(signal, 'queueBytes'), component),
  )
}

function observeSpool(gauges: Gauges, signal: Signal, counters: Counters): void {
  const attributes = { 'waybill.signal': signal }
  const unit = '{item}'
  gauges.add('UpDownCounter', 'waybill.spool.bytes', 'By', 'On disk', (observe) =>
    observe(counters.read(signal, 'spoolBytes'), attributes),
  )
  const spool = (name: string, description: string, count: Count): void =>
    gauges.add('Counter', `waybill.spool.${name}`, unit, description, (observe) =>
      observe(counters.read(signal, count), attributes),
    )
  spool('spooled', 'Spans, log records, metric points written to disk', 'spooled')
  spool('replayed', 'Delivered from disk, whichever process wrote them', 'replayed')
  spool('dropped', 'Dropped from the disk, as the oldest or as unreadable', 'spoolDropped')
}

function recordDurations(meter: Meter, sources: SelfSources): void {
  const histogram = meter.createHistogram('otel.sdk.exporter.operation.duration', {
    unit: 's',
    description: 'Requests to the collector',
    advice: { explicitBucketBoundaries: SECONDS },
  })
  sources.channel.onDurations = (durations) => {
    for (const { signal, seconds, error } of durations) {
      const component = exporterOf(signal, sources)
      histogram.record(seconds, error === undefined ? component : { ...component, 'error.type': error })
    }
  }
}

function exporterOf(signal: Signal, { options }: SelfSources): Attributes {
  const endpoint = options.endpoints[signal]
  if (!endpoint) return {}
  const { hostname, port, protocol } = new URL(endpoint.url)
  return {
    ...componentOf(`${TYPE[endpoint.protocol]}_${EXPORTER[signal]}_exporter`),
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  }
}

function componentOf(type: string): Attributes {
  return { 'otel.component.type': type, 'otel.component.name': `${type}/0` }
}

function unitOf(signal: Signal): string {
  return { traces: '{span}', logs: '{log_record}', metrics: '{data_point}' }[signal]
}

type Read = (observe: (value: number, attributes: Attributes) => void) => void

/** Observable instruments with one callback for all of them. */
class Gauges {
  readonly #meter: Meter
  readonly #instruments = new Map<string, Observable>()
  readonly #reads: { readonly instrument: Observable; readonly read: Read }[] = []

  constructor(meter: Meter) {
    this.#meter = meter
  }

  add(kind: 'Counter' | 'UpDownCounter', name: string, unit: string, description: string, read: Read): void {
    let instrument = this.#instruments.get(name)
    if (!instrument) {
      const options = { unit, description }
      instrument =
        kind === 'Counter'
          ? this.#meter.createObservableCounter(name, options)
          : this.#meter.createObservableUpDownCounter(name, options)
      this.#instruments.set(name, instrument)
    }
    this.#reads.push({ instrument, read })
  }

  start(): void {
    const callback = (result: BatchObservableResult): void => {
      for (const { instrument, read } of this.#reads) {
        read((value, attributes) => result.observe(instrument, value, attributes))
      }
    }
    this.#meter.addBatchObservableCallback(callback, [...this.#instruments.values()])
  }
}
