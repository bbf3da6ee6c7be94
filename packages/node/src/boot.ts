import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { Resource } from '@opentelemetry/resources'
import { report, turnOffComponents } from '@waybill/core'
import { serveApiCopy } from './api-copies.ts'
import { debugLogger } from './debug-logger.ts'
import { deferMetrics } from './defer-metrics.ts'
import { onExit } from './exit.ts'
import type { Sender, Way } from './export/sender.ts'
import type { ToMain } from './export/threads/shared.ts'
import type * as ThreadModule from './export/threads/thread.ts'
import { load } from './lazy.ts'
import { startLogs } from './logs.ts'
import { openChannel } from './open-channel.ts'
import { defined } from './options/defined.ts'
import type { BatchOptions, Options } from './options/read.ts'
import { createResource, serviceOf } from './resource.ts'
import type { Queues, SelfSources } from './self.ts'
import { createSpanExport } from './tracing/exporters.ts'
import { Ids } from './tracing/ids.ts'
import { ExportSpanProcessor } from './tracing/processor.ts'
import { isThread } from './threads.ts'
import { createPropagator } from './tracing/propagator.ts'
import { SpanCounts } from './tracing/span-counts.ts'
import { TracerProvider } from './tracing/tracer-provider.ts'
import { createSampler } from './tracing/sampler.ts'

export { activate } from './integrations/activate.ts'

/** The running SDK. */
export interface Runtime {
  /** The app is about to load the copy of `@opentelemetry/api` in `file`. */
  apiLoading(file: string): void
  /** Resolves when everything made so far is delivered or given up, at the latest after `timeout` milliseconds. */
  flush(timeout?: number): Promise<void>
  shutdown(): Promise<void>
  /** Take what a thread of the app has handed over. A flush is answered with whether all was settled. */
  receive(message: ToMain): Promise<boolean> | undefined
  /** The process ends: deliver, block until it is done or the deadline has passed. */
  end(): void
}

/**
 * Assemble upstream's providers around the export worker and register them as the global ones.
 *
 * @param gather called when the process ends, to have what the app's threads still hold
 */
export function boot(given: Options, gather: () => void): Runtime {
  const options = isThread() ? forThread(given) : given
  if (options.debug) diag.setLogger(debugLogger, DiagLogLevel.DEBUG)
  if (options.componentsOff.length > 0) turnOffComponents(options.componentsOff)
  const thread = isThread() ? (load('export/threads/thread') as typeof ThreadModule).joinExport() : undefined
  const resource = createResource(options.resourceDetectors, options.resourceAttributes, thread)
  const own = thread ? undefined : openChannel(options, resource)
  const channel: Sender = thread ?? own!
  const spans = new SpanCounts()
  const queues: Queues = {}
  const self: SelfSources | undefined = own && { options, channel: own, spans, queues }

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(createPropagator(options.propagators))
  const ways = [
    deferMetrics(options, resource, channel, self),
    startTraces(options, resource, channel, spans, queues),
    startLogs(options, resource, channel, queues),
  ].filter((way) => way !== undefined)

  const handOver = (): void => {
    for (const way of ways) way.handOver()
  }
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    gather()
    handOver()
    channel.end(options.exitTimeout)
    for (const way of ways) way.end()
  }
  if (thread) thread.onEnd = handOver
  onExit(end)
  return {
    apiLoading: serveApiCopy,
    end,
    receive(message) {
      if ('batch' in message) channel.send(message.batch)
      else if ('lost' in message) channel.lost(message.lost.signal, message.lost.items, message.lost.reason)
      else return channel.flush(message.timeout)
      return undefined
    },
    async flush(timeout = 10_000) {
      handOver()
      await channel.flush(timeout)
    },
    async shutdown() {
      if (ended) return
      handOver()
      ended = true
      const deadline = performance.now() + options.exitTimeout
      const timer = Promise.withResolvers<void>()
      const timeout = setTimeout(timer.resolve, options.exitTimeout)
      await Promise.race([Promise.allSettled(ways.map((way) => way.shutdown())), timer.promise])
      clearTimeout(timeout)
      await channel.close(Math.max(0, deadline - performance.now()))
    },
  }
}

/** `terminate()` ends a thread without a word: it keeps nothing for long. The port is the main thread's. */
function forThread(options: Options): Options {
  const soon = (batch: BatchOptions): BatchOptions => ({
    ...batch,
    delay: Math.min(batch.delay, THREAD_DELAY),
  })
  const { exporters } = options
  return {
    ...options,
    exporters: { ...exporters, metrics: exporters.metrics.filter((name) => name !== 'prometheus') },
    spans: soon(options.spans),
    logRecords: soon(options.logRecords),
  }
}

/** Milliseconds. */
const THREAD_DELAY = 100
function startTraces(
  options: Options,
  resource: Resource,
  sender: Sender,
  counts: SpanCounts,
  queues: Queues,
): Way | undefined {
  const spans = createSpanExport(options, sender, (create) => {
    const exporter = create(resource)
    if (exporter instanceof ExportSpanProcessor) queues.traces = exporter.queue
    return exporter
  })
  if (spans.processors.length === 0) return undefined
  const provider = new TracerProvider({
    resource,
    sampler: createSampler(options.sampling, serviceOf(resource)),
    idGenerator: new Ids(options.traceIds),
    spanLimits: defined(options.spanLimits),
    spanProcessors: spans.processors,
    counts,
  })
  if (!trace.setGlobalTracerProvider(provider)) {
    const message =
      'another OpenTelemetry SDK is registered in this process already, and gets the spans. Keep one of them.'
    report('WAYBILL_OTHER_AGENT', message)
  }
  return { ...spans, shutdown: () => provider.shutdown() }
}
