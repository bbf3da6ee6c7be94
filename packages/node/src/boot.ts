import { extname, join } from 'node:path'
import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import { report, say } from '@waybill/core'
import { serveApiCopy } from './api-copies.ts'
import { onExit } from './exit.ts'
import { Channel } from './export/channel.ts'
import { startLogs, type Flushable } from './logs.ts'
import { startMetrics } from './metrics.ts'
import type { Options } from './options/read.ts'
import { createResource } from './resource.ts'
import { ExportSpanProcessor, OperationProcessor } from './tracing/processor.ts'
import { createPropagator } from './tracing/propagator.ts'
import { createSampler } from './tracing/sampler.ts'

/** The running SDK. */
export interface Runtime {
  /** The app is about to load the copy of `@opentelemetry/api` at `url`. */
  apiLoading(url: string): void
  /** Resolves when everything made so far is delivered or given up, at the latest after `timeout` milliseconds. */
  flush(timeout?: number): Promise<void>
  shutdown(): Promise<void>
}

/** Assemble upstream's providers around the export worker and register them as the global ones. */
export function boot(options: Options): Runtime {
  if (options.debug) diag.setLogger(debugLogger, DiagLogLevel.DEBUG)
  const channel = new Channel(
    join(import.meta.dirname, `worker${extname(import.meta.filename)}`),
    options.endpoints,
  )
  const resource = createResource(options.resourceDetectors)

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(createPropagator(options.propagators))
  const ways = [
    startMetrics(options, resource, channel),
    startTraces(options, resource, channel),
    startLogs(options, resource, channel),
  ].filter((way) => way !== undefined)

  const handOver = (): void => {
    for (const way of ways) way.handOver()
  }
  onExit(() => {
    handOver()
    channel.flushSync(options.exitTimeout)
  })
  return {
    apiLoading: serveApiCopy,
    async flush(timeout = 10_000) {
      handOver()
      await channel.flush(timeout)
    },
    async shutdown() {
      handOver()
      await channel.close(options.exitTimeout)
    },
  }
}

function startTraces(
  options: Options,
  resource: ReturnType<typeof createResource>,
  channel: Channel,
): Flushable | undefined {
  const processors: SpanProcessor[] = []
  const endpoint = options.endpoints.traces
  let own: ExportSpanProcessor | undefined
  if (endpoint) {
    own = new ExportSpanProcessor(channel, endpoint, options.spans, resource)
    processors.push(own)
  }
  if (options.exporters.traces.includes('console')) {
    processors.push(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }))
  }
  if (processors.length === 0) return undefined
  const spanProcessors = [new OperationProcessor(), ...processors]
  const provider = new TracerProvider({ resource, sampler: createSampler(options.sampler), spanProcessors })
  if (!trace.setGlobalTracerProvider(provider)) {
    const message =
      'another OpenTelemetry SDK is registered in this process already, and gets the spans. Keep one of them.'
    report('WAYBILL_OTHER_AGENT', message)
  }
  return own
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
