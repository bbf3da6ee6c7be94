import { extname, join } from 'node:path'
import { context, DiagLogLevel, diag, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { ConsoleSpanExporter, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { report, say, turnOffComponents } from '@waybill/core'
import { serveApiCopy } from './api-copies.ts'
import { onExit } from './exit.ts'
import { Channel } from './export/channel.ts'
import { endpointsOf } from './export/endpoints.ts'
import type { Sender, Way } from './export/sender.ts'
import type { ToMain } from './export/threads/shared.ts'
import type * as ThreadModule from './export/threads/thread.ts'
import type * as ZipkinModule from './exporters/zipkin.ts'
import type * as LogsModule from './logs.ts'
import { load } from './lazy.ts'
import type * as MetricsModule from './metrics.ts'
import { DeferredMeterProvider } from './metrics-deferred.ts'
import { defined } from './options/defined.ts'
import type { BatchOptions, Options } from './options/read.ts'
import { readSpool } from './options/spool.ts'
import { createResource, serviceOf } from './resource.ts'
import type { Queues, SelfSources } from './self.ts'
import { Tally } from './tally.ts'
import { Ids } from './tracing/ids.ts'
import { ExportSpanProcessor, OperationProcessor } from './tracing/processor.ts'
import { isThread } from './threads.ts'
import { createPropagator } from './tracing/propagator.ts'
import { TracerProvider } from './tracing/tracer-provider.ts'
import { createSampler } from './tracing/sampler.ts'
import { createStages } from './tracing/stages.ts'

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
  const own = thread
    ? undefined
    : new Channel(
        join(import.meta.dirname, `worker${extname(import.meta.filename)}`),
        endpointsOf(options),
        readSpool(options.spool, serviceOf(resource)),
      )
  const channel: Sender = thread ?? own!
  const tally = new Tally()
  const queues: Queues = {}
  const self: SelfSources | undefined = own && { options, channel: own, tally, queues }

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(createPropagator(options.propagators))
  const ways = [
    deferMetrics(options, resource, channel, self),
    startTraces(options, resource, channel, tally, queues),
    options.exporters.logs.length > 0
      ? (load('logs') as typeof LogsModule).startLogs(options, resource, channel, tally, queues)
      : undefined,
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
/** A process of this age, in milliseconds, reads what it needs later anyway. */
const SETTLED = 1000

function deferMetrics(
  options: Options,
  resource: ReturnType<typeof createResource>,
  channel: Sender,
  self: SelfSources | undefined,
): Way | undefined {
  if (options.exporters.metrics.length === 0) return undefined
  let started: MetricsModule.StartedMetrics | undefined
  let stopped = false
  const deferred = new DeferredMeterProvider(() => {
    started = (load('metrics') as typeof MetricsModule).startMetrics(options, resource, channel, self)
    return started.provider
  })
  metrics.setGlobalMeterProvider(deferred)
  setTimeout(() => stopped || deferred.connect(), SETTLED).unref()
  return {
    handOver() {
      if (deferred.used) deferred.connect()
      started?.handOver()
    },
    end() {},
    async shutdown() {
      stopped = true
      await started?.provider.shutdown()
    },
  }
}

function startTraces(
  options: Options,
  resource: ReturnType<typeof createResource>,
  channel: Sender,
  tally: Tally,
  queues: Queues,
): Way | undefined {
  const processors: SpanProcessor[] = []
  const endpoint = options.endpoints.traces
  let own: ExportSpanProcessor | undefined
  if (endpoint) {
    own = new ExportSpanProcessor(channel, endpoint, options.spans, resource)
    queues.traces = own.queue
    processors.push(own)
  }
  if (options.exporters.traces.includes('console')) {
    processors.push(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }))
  }
  let zipkin: ZipkinModule.ZipkinSpanProcessor | undefined
  if (options.exporters.traces.includes('zipkin')) {
    const { ZipkinSpanProcessor } = load('exporters/zipkin') as typeof ZipkinModule
    processors.push((zipkin = new ZipkinSpanProcessor(channel, options, resource)))
  }
  if (processors.length === 0) return undefined
  const stages = createStages(processors, options.redaction, options.sampling.keep)
  const provider = new TracerProvider({
    resource,
    sampler: createSampler(options.sampling, serviceOf(resource)),
    idGenerator: new Ids(options.traceIds),
    spanLimits: defined(options.spanLimits),
    spanProcessors: [new OperationProcessor(), stages],
    meterProvider: tally,
  })
  if (!trace.setGlobalTracerProvider(provider)) {
    const message =
      'another OpenTelemetry SDK is registered in this process already, and gets the spans. Keep one of them.'
    report('WAYBILL_OTHER_AGENT', message)
  }
  return {
    handOver() {
      stages.release?.()
      own?.handOver()
      zipkin?.handOver()
    },
    end() {
      own?.end()
      zipkin?.end()
    },
    shutdown: () => provider.shutdown(),
  }
}

const line =
  (level: string) =>
  (message: string, ...rest: unknown[]): void =>
    say(
      `${level}: ${[message, ...rest.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))].join(' ')}`,
    )

const debugLogger = {
  error: line('error'),
  warn: line('warn'),
  info: line('info'),
  debug: line('debug'),
  verbose: line('verbose'),
}
