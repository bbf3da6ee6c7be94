import { setTimeout as delay } from 'node:timers/promises'
import type { Behaviour, Fault } from '../collector/behaviour.ts'
import type { Collector } from '../collector/collector.ts'
import type { End, Plan } from './plan.ts'

export interface Scenario {
  readonly name: string
  readonly plan: Plan
  /** What happens to the collector, from the first spans on. @default nothing: it is there */
  readonly weather?: (collector: Collector) => Promise<void>
  /** Nobody listens when the process starts. */
  readonly dead?: boolean
  readonly behaviour?: Behaviour
  /** What the next process of the same service does, when the collector is back. */
  readonly next?: Plan
  readonly env?: Readonly<Record<string, string>>
  /** The machine's cores are needed: subjects one after another, not all at a time. */
  readonly alone?: boolean
  /** The disk that the spool is on takes next to nothing. */
  readonly tinyDisk?: boolean
  /** What cannot be kept is expected to be lost: bounded, and counted exactly. */
  readonly bounded?: boolean
  /** Only for who keeps telemetry on disk. */
  readonly spooling?: boolean
}

/** Before something happens, and after it is over, in seconds: longer than anyone's longest pause between two tries. */
const CALM = { before: 2, after: 7 }
const PER_SECOND = 500
/** Long enough to deliver what the last process left. */
const NEXT: Plan = { burst: 1, linger: 4000, end: 'natural' }

/** Each is played over gRPC and over HTTP. */
export const SCENARIOS: readonly Scenario[] = [
  outage('collector down 3 s', 3),
  outage('collector down 30 s', 30),
  {
    name: 'down longer than the process lives',
    plan: { pace: { perSecond: PER_SECOND, seconds: 3 }, end: 'natural' },
    dead: true,
    next: NEXT,
  },
  { name: '10 000 spans in one tick', plan: { burst: 10_000, end: 'natural' }, alone: true },
  {
    name: '20 000 spans/s for 30 s, 100 ms latency',
    plan: { pace: { perSecond: 20_000, seconds: 30 }, end: 'natural' },
    behaviour: { latency: 100 },
    alone: true,
  },
  rightAfter('process.exit', 'exit'),
  rightAfter('throw', 'throw'),
  rightAfter('rejection', 'reject'),
  rightAfter('SIGINT', 'SIGINT'),
  rightAfter('SIGHUP', 'SIGHUP'),
  { name: 'SIGTERM while a server listens', plan: { burst: 10, linger: 200, end: 'serve' } },
  faulty('collector answers 503', 'refuse'),
  faulty('collector resets', 'reset'),
  {
    ...faulty('collector stalls mid-response', 'stall'),
    // Every exporter waits ten seconds for an answer; nobody learns more from ten than from one.
    env: { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' },
  },
  faulty('collector refuses half the requests', 'half'),
  {
    name: 'collector restarts every second',
    plan: { pace: { perSecond: 4 * PER_SECOND, seconds: 6 + CALM.after }, end: 'natural' },
    async weather(collector) {
      for (let second = 0; second < 6; second++) {
        await delay(700)
        await collector.down()
        await delay(300)
        await collector.up()
      }
    },
  },
  {
    name: 'natural exit, dead collector',
    plan: { burst: 10, linger: 1200, end: 'natural' },
    dead: true,
    next: NEXT,
  },
  { ...overflow('disk full during outage'), tinyDisk: true },
  { ...overflow('spool full during outage'), env: { WAYBILL_SPOOL_MAX_BYTES: String(256 * 1024) } },
]

function outage(name: string, seconds: number): Scenario {
  return {
    name,
    plan: during(seconds),
    async weather(collector) {
      await delay(CALM.before * 1000)
      await collector.down()
      await delay(seconds * 1000)
      await collector.up()
    },
  }
}

function faulty(name: string, fault: Fault): Scenario {
  const seconds = 4
  return {
    name,
    plan: during(seconds),
    async weather(collector) {
      await delay(CALM.before * 1000)
      await collector.behave({ latency: 0, fault })
      await delay(seconds * 1000)
      await collector.behave({ latency: 0 })
    },
  }
}

function rightAfter(name: string, end: End): Scenario {
  return { name: `${name} right after the span`, plan: { burst: 10, end } }
}

/** More than is kept in memory and on disk together. */
function overflow(name: string): Scenario {
  return {
    name,
    plan: { pace: { perSecond: 20_000, seconds: 8 }, linger: 1000, end: 'natural' },
    dead: true,
    next: NEXT,
    bounded: true,
    spooling: true,
  }
}

/** Spans while something lasts so long, and a while before and after. */
function during(seconds: number): Plan {
  const all = CALM.before + seconds + CALM.after
  return { pace: { perSecond: PER_SECOND, seconds: all }, end: 'natural' }
}
