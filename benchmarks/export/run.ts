// One process that makes spans, and the collector it sends them to.
import { join } from 'node:path'
import { startCollector } from '../collector/collector.ts'
import type { Protocol } from '../collector/listen.ts'
import { ask, cleanEnv, hear, inTime, start, stop } from '../processes.ts'
import type { Subject } from '../subjects.ts'

export interface Load {
  /** As fast as it can, when undefined. */
  readonly perSecond: number | undefined
  /** Seconds. */
  readonly window: number
  readonly warmUp: { readonly perSecond: number; readonly seconds: number }
}

export interface Way {
  readonly protocol: Protocol
  /** Of the collector, in milliseconds. */
  readonly latency: number
}

export interface Figures {
  /** Spans that were accepted in the window, a second. */
  readonly accepted: number
  /** Of all spans that were made, how many never arrived. */
  readonly lost: number
  /** Of all spans that were made, how many arrived: 0 to 1. */
  readonly share: number
  /** Spans that were made in the window, a second. */
  readonly made: number
  /** Spans that were made in the window and arrived, a second until the last had arrived. */
  readonly rate: number
  /** Microseconds a span, all threads. */
  readonly cpu: number
  /** Microseconds a span; undefined where Node cannot tell (before 23.9). */
  readonly mainCpu: number | undefined
  /** Milliseconds from one look at the event loop to the next: the median, the 99th percentile, the most. */
  readonly delay: readonly [p50: number, p99: number, max: number]
}

interface Told {
  /** Milliseconds since 1970. */
  readonly began: number
  readonly ended: number
  readonly all: number
  readonly made: number
  /** Microseconds. */
  readonly cpu: number
  readonly mainCpu?: number
  readonly delay: [number, number, number]
}

/** An end in order may take this long; Waybill and upstream have deadlines of their own. */
const END = 60_000
const SOME_MORE = 30_000

export async function makeSpans(subject: Subject, folder: string, way: Way, load: Load): Promise<Figures> {
  const collector = await startCollector(way.protocol, { latency: way.latency })
  const env = cleanEnv({ ...subject.env(collector.url), ...onlySpans(way.protocol) })
  const app = start(process.execPath, [...subject.preload, join(import.meta.dirname, 'app.cjs')], {
    cwd: folder,
    env,
    channels: ['ipc'],
  })
  try {
    await hear(app)
    const seconds = load.warmUp.seconds + load.window
    const told = await ask<Told>(app, load, seconds * 1000 + SOME_MORE)
    const end = await inTime(app.exited, app, END)
    if (end !== 0) throw new Error(`it ended with ${end}: ${app.complaint()}`)
    const { spans, between, last } = await collector.arrived(told.began, told.ended)
    return figures(told, spans, between, last)
  } finally {
    await Promise.all([stop(app), collector.stop()])
  }
}

function figures(told: Told, arrived: number, between: number, last: number): Figures {
  const { all, made, began, ended, cpu, mainCpu, delay } = told
  const lost = all - arrived
  const seconds = (ended - began) / 1000
  return {
    made: made / seconds,
    accepted: between / seconds,
    lost,
    share: arrived / all,
    rate: (made - lost) / ((Math.max(last, ended) - began) / 1000),
    cpu: cpu / made,
    mainCpu: mainCpu === undefined ? undefined : mainCpu / made,
    delay,
  }
}

/** Metrics and logs have their own times, and would be in the figures of some runs. */
const onlySpans = (protocol: Protocol): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol === 'grpc' ? 'grpc' : 'http/protobuf',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
})
