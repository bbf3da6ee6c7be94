// Waybill's parts for a NodeSDK of the user's. Read where waybillNodeSdk() is called.
import { report, turnOffComponents } from '@waybill/core'
import { onExit } from './exit.ts'
import { load } from './lazy.ts'
import { loadOptions } from './load-options.ts'
import { createLogExport, ExportLogProcessor } from './logs.ts'
import { viewsOf } from './metrics-options.ts'
import type * as MetricsModule from './metrics.ts'
import { openChannel } from './open-channel.ts'
import { defined } from './options/defined.ts'
import type { Options } from './options/read.ts'
import { createInstrumentations } from './pieces/instrumentations.ts'
import { LateLogProcessor, LateSender, LateSpanProcessor } from './pieces/late.ts'
import type { MetricReaderPiece, NodeSdkPieces } from './pieces/types.ts'
import { createResource, serviceOf } from './resource.ts'
import type { StartOptions } from './start-options.ts'
import { createSpanExport } from './tracing/exporters.ts'
import { Ids } from './tracing/ids.ts'
import { createPropagator } from './tracing/propagator.ts'
import { createSampler } from './tracing/sampler.ts'

const STARTED = Symbol.for('waybill.handle')
const PIECES = Symbol.for('waybill.pieces')
const shared = globalThis as { [STARTED]?: unknown; [PIECES]?: NodeSdkPieces }

/** See waybillNodeSdk(). */
export function createPieces(given: StartOptions): NodeSdkPieces {
  if (shared[PIECES]) return shared[PIECES]
  if (shared[STARTED]) {
    const message =
      'Waybill is preloaded, or was started by start(): the pieces of waybillNodeSdk() do nothing. Keep one of them.'
    report('WAYBILL_STARTED_TWICE', message)
    return nothing()
  }
  try {
    const { options, tell } = loadOptions(process.env, { name: 'waybillNodeSdk', options: given })
    tell()
    return (shared[PIECES] = options().disabled ? nothing() : assemble(options()))
  } catch (error) {
    const message = `the pieces of waybillNodeSdk() cannot be made: ${(error as Error).message}. The SDK runs without them.`
    report('WAYBILL_INTERNAL', message)
    return nothing()
  }
}

function nothing(): NodeSdkPieces {
  return { spanProcessors: [], logRecordProcessors: [], metricReaders: [], instrumentations: [] }
}

function assemble(options: Options): NodeSdkPieces {
  if (options.componentsOff.length > 0) turnOffComponents(options.componentsOff)
  const resource = createResource(options.resourceDetectors, options.resourceAttributes)
  const sender = new LateSender((actual) => openChannel(options, actual), resource)
  const spans = createSpanExport(options, sender, (create) => new LateSpanProcessor(sender, create))
  const logs = createLogExport(
    options,
    (endpoint) =>
      new LateLogProcessor(sender, (actual) => new ExportLogProcessor(options, endpoint, sender, actual)),
  )
  const metrics =
    options.exporters.metrics.length > 0
      ? (load('metrics') as typeof MetricsModule).createReaders(options, sender)
      : undefined
  onExit(() => {
    for (const way of [spans, logs, metrics]) way?.handOver()
    sender.end(options.exitTimeout)
    spans.end()
    logs.end()
  })
  return {
    autoDetectResources: false,
    resource,
    sampler: createSampler(options.sampling, serviceOf(resource)),
    idGenerator: new Ids(options.traceIds),
    textMapPropagator: createPropagator(options.propagators),
    spanProcessors: [...spans.processors],
    spanLimits: defined(options.spanLimits),
    logRecordProcessors: logs.processors,
    metricReaders: (metrics?.readers ?? []) as MetricReaderPiece[],
    views: viewsOf(options.metrics),
    instrumentations: createInstrumentations(options),
  }
}
