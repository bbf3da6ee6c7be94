import type { SamplingConfig } from '../tracing/config.ts'
import { INTEGRATIONS } from '../integrations/table.ts'
import { readEndpoint, type Endpoint } from './endpoint.ts'
import type { BatchOptions, Detector, ExporterName, MetricOptions, Options } from './options.ts'
import type { Problem, Reader } from './reader.ts'
import { attributeOf, decode } from './resource-attribute.ts'
import { readSampler } from './sampler.ts'
import { OPTIONS as O, SIGNALS, type Row, type Signal } from './table.ts'

// Read in the preload of every process: imports nothing but small files of ours.

export type * from './options.ts'

export interface Reading {
  readonly options: Options
  readonly strict: boolean
  /** What is wrong with what was read. */
  readonly problems: Problem[]
}

/** Read every option. Prints nothing, throws nothing. */
export function readWith(reader: Reader): Reading {
  const componentsOff = reader.read(O.componentsOff)
  const exporters = {
    traces: reader.read(O.tracesExporter) as readonly ExporterName[],
    metrics: reader.read(O.metricsExporter),
    logs: componentsOff.includes('logs') ? [] : reader.read(O.logsExporter),
  }
  const endpoints: Partial<Record<Signal, Endpoint>> = {}
  for (const signal of SIGNALS) {
    if (exporters[signal].includes('otlp')) endpoints[signal] = readEndpoint(reader, signal)
  }
  const logLevel = reader.read(O.logLevel)
  const options: Options = {
    disabled: reader.read(O.disabled) || !reader.read(O.enabled),
    debug: logLevel === 'debug' || logLevel === 'verbose' || logLevel === 'all',
    logLevel,
    banner: reader.read(O.banner),
    propagators: reader.read(O.propagators),
    sampling: readSampling(reader),
    traceIds: reader.read(O.traceIds),
    redaction: reader.read(O.redaction) && {
      urls: reader.read(O.redactUrls),
      headers: reader.read(O.redactHeaders),
      sql: reader.read(O.redactSql),
      query: reader.read(O.redactQuery) ?? [],
      deny: reader.read(O.redactDeny) ?? [],
      allow: reader.read(O.redactAllow) ?? [],
    },
    http: {
      responseHeaders: reader.read(O.httpResponseHeaders),
      acceptTraceId: reader.read(O.httpAcceptTraceId),
    },
    exporters,
    endpoints,
    zipkin: {
      url: reader.read(O.zipkinEndpoint),
      timeout: reader.read(O.zipkinTimeout) || O.zipkinTimeout.max,
    },
    prometheus: { host: reader.read(O.prometheusHost), port: reader.read(O.prometheusPort) },
    spans: readBatch(reader, O.spanDelay, O.spanBatch, O.spanQueue, O.spanTimeout),
    logRecords: readBatch(reader, O.logDelay, O.logBatch, O.logQueue, O.logTimeout),
    ...readLimits(reader),
    metrics: readMetrics(reader),
    ...readResource(reader),
    integrations: {
      enabled: readNames(reader, O.enabledInstrumentations),
      disabled: readNames(reader, O.disabledInstrumentations) ?? [],
      config: {},
    },
    spool: {
      enabled: reader.read(O.spool),
      dir: reader.read(O.spoolDir),
      maxBytes: reader.read(O.spoolMaxBytes),
    },
    componentsOff,
    exitTimeout: reader.read(O.exitTimeout),
  }
  for (const row of Object.values<Row>(O)) if (row.elsewhere) reader.given(row)
  reader.given(O.configFile)
  return { options, strict: reader.read(O.strict), problems: reader.problems }
}

/** Names of integrations; others are said, and passed over. */
function readNames(
  reader: Reader,
  row: typeof O.enabledInstrumentations | typeof O.disabledInstrumentations,
): readonly string[] | undefined {
  const given = reader.given(row)
  const names = reader.read(row, given ?? null)
  for (const text of names ?? []) {
    if (INTEGRATIONS.some(({ name }) => name === text)) continue
    reader.wrong({ text, from: given!.from }, 'instrumentation', row, 'the others')
  }
  return names
}

function readSampling(reader: Reader): SamplingConfig {
  const errors = reader.read(O.keepErrors)
  const slow = reader.read(O.keepSlow)
  return {
    sampler: readSampler(reader),
    ...((errors || slow !== undefined) && { keep: { errors, ...(slow !== undefined && { slow }) } }),
  }
}

function readBatch(
  reader: Reader,
  delay: typeof O.spanDelay | typeof O.logDelay,
  batch: typeof O.spanBatch | typeof O.logBatch,
  queue: typeof O.spanQueue | typeof O.logQueue,
  timeout: typeof O.spanTimeout | typeof O.logTimeout,
): BatchOptions {
  // For what is wrong with it: what fails is tried again until it is delivered, so there is no time for that.
  reader.read(timeout)
  const queueSize = reader.read(queue)
  const batchSize = reader.read(batch)
  const given = batchSize > queueSize ? reader.given(batch) : undefined
  return {
    delay: reader.read(delay),
    batchSize: given ? reader.wrong(given, 'queue', batch, queueSize) : Math.min(batchSize, queueSize),
  }
}

/** Limits of one kind of record, else those of all. */
function readLimits(reader: Reader): Pick<Options, 'spanLimits' | 'logRecordLimits'> {
  const count = reader.read(O.attributeCount)
  const length = reader.read(O.attributeLength)
  return {
    spanLimits: {
      attributeCountLimit: reader.read(O.spanAttributeCount) ?? count,
      attributeValueLengthLimit: reader.read(O.spanAttributeLength) ?? length,
      eventCountLimit: reader.read(O.spanEventCount),
      linkCountLimit: reader.read(O.spanLinkCount),
      attributePerEventCountLimit: reader.read(O.eventAttributeCount),
      attributePerLinkCountLimit: reader.read(O.linkAttributeCount),
    },
    logRecordLimits: {
      attributeCountLimit: reader.read(O.logAttributeCount) ?? count,
      attributeValueLengthLimit: reader.read(O.logAttributeLength) ?? length,
    },
  }
}

function readMetrics(reader: Reader): MetricOptions {
  const interval = reader.read(O.metricInterval)
  const timeout = reader.read(O.metricTimeout)
  const given = reader.given(O.metricTimeout)
  return {
    interval,
    timeout:
      timeout > interval && given
        ? reader.wrong(given, 'interval', O.metricTimeout, interval)
        : Math.min(timeout || interval, interval),
    temporality: reader.read(O.temporality),
    histogram: reader.read(O.histogram),
    exemplars: reader.read(O.exemplars),
    views: [],
  }
}

function readResource(
  reader: Reader,
): Pick<Options, 'serviceName' | 'resourceDetectors' | 'resourceAttributes'> {
  const attributes = reader.given(O.resourceAttributes)
  // The SDK reads the variable itself, and leaves out all of it where one pair is wrong.
  if (attributes && !attributes.text.split(',').every(isPair)) {
    reader.wrong(attributes, 'attributes', O.resourceAttributes, 'none of it')
  }
  const detectors = reader.read(O.resourceDetectors)
  return {
    serviceName: reader.read(O.serviceName) ?? attributeOf(attributes?.text ?? '', 'service.name'),
    resourceDetectors: detectors.includes('all')
      ? O.resourceDetectors.default
      : (detectors as readonly Detector[]),
    resourceAttributes: {},
  }
}

function isPair(text: string): boolean {
  return (
    text.trim() === '' ||
    (/^[^=]*[^=\s][^=]*=[^=]*$/.test(text) && decode(text) !== undefined && text.length <= 512)
  )
}
