import { SpanStatusCode, trace, TraceFlags, type Context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { report } from '@waybill/core'
import type { KeepConfig } from './config.ts'
import { heldOf, holdIn, sizeOf, type Held } from './held.ts'
import { ALL, readOt, writeOt } from './samplers/threshold.ts'

/** Why a trace was kept where the sampler had said no: `error` or `slow`. On each of its spans. */
export const KEPT = 'waybill.kept'

/**
 * Keeps errors and slow ones: stands between the SDK and the exporting processor, and holds what is recorded
 * below a local root until that ends. In error or slow, all of it is exported, also where the sampler said no;
 * else only what the sampler chose. Needs the sampler of `createSampler`, which records what it does not want.
 *
 * Counts stay right because every bad trace is exported with `ot=th:0` ("stands for itself"), those that a
 * ratio chose as well; that is why spans with a probability are held, too. Spans sampled without one pass.
 *
 * ```
 * start ─► held below its local root ─► root ends ─┬─ error or slow ─► all: th:0, waybill.kept where not chosen
 *              │ too many, too old                 └─ well ─► what was chosen; the rest is dropped
 *              └─► what was chosen goes out, the rest is dropped; the root itself is still judged at its end
 * ```
 */
export class KeepProcessor implements SpanProcessor {
  readonly #next: SpanProcessor
  readonly #errors: boolean
  readonly #slow: number
  readonly #limits: { traces: number; spans: number; bytes: number; age: number }
  readonly #now: () => number
  /** Pending ones, oldest first. */
  readonly #pending = new Set<Held>()
  #spans = 0
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  /** @param now milliseconds of a clock that never goes back */
  constructor(config: KeepConfig, next: SpanProcessor, now: () => number = () => performance.now()) {
    this.#next = next
    this.#errors = config.errors
    this.#slow = config.slow ?? Infinity
    this.#limits = {
      traces: config.maxTraces ?? 1000,
      spans: config.maxSpans ?? 20_000,
      bytes: config.maxBytes ?? 16 * 1024 * 1024,
      age: config.maxAge ?? 60_000,
    }
    this.#now = now
  }

  /** What is held now. */
  get holding(): { readonly traces: number; readonly spans: number; readonly bytes: number } {
    return { traces: this.#pending.size, spans: this.#spans, bytes: this.#bytes }
  }

  onStart(span: Span, parent: Context): void {
    const above = span.parentSpanContext
    if (above && !above.isRemote) {
      const held = heldOf(trace.getSpan(parent)!)
      if (held) holdIn(held, span)
    } else if (isUncertain(span)) {
      this.#open(span)
    }
    this.#next.onStart(span, parent)
  }

  onEnding(span: Span): void {
    this.#next.onEnding?.(span)
  }

  onEnd(span: ReadableSpan): void {
    const held = heldOf(span)
    if (!held) this.#next.onEnd(span)
    else if (held.root === (span as object)) this.#judge(held, span)
    else if (held.verdict === 'pending') this.#hold(held, span)
    else this.#follow(held, span)
  }

  /** Hand on what the sampler chose, and what is slow already. For an ending process; does not wait. */
  release(): void {
    for (const held of this.#pending) this.#evict(held)
  }

  forceFlush(): Promise<void> {
    this.release()
    return this.#next.forceFlush()
  }

  shutdown(): Promise<void> {
    clearTimeout(this.#timer)
    this.release()
    return this.#next.shutdown()
  }

  #open(root: Span): void {
    const held: Held = {
      root,
      startedAt: this.#now(),
      verdict: 'pending',
      reason: undefined,
      spans: [],
      bytes: 0,
    }
    holdIn(held, root)
    this.#pending.add(held)
    if (this.#pending.size > this.#limits.traces) this.#makeRoom()
    this.#timer ??= setTimeout(this.#sweep, this.#limits.age).unref()
  }

  #hold(held: Held, span: ReadableSpan): void {
    const bytes = sizeOf(span)
    held.spans.push(span)
    held.bytes += bytes
    this.#spans++
    this.#bytes += bytes
    while ((this.#spans > this.#limits.spans || this.#bytes > this.#limits.bytes) && this.#pending.size > 0) {
      this.#makeRoom()
    }
  }

  #judge(held: Held, root: ReadableSpan): void {
    const [seconds, nanoseconds] = root.duration
    if (this.#errors && root.status.code === SpanStatusCode.ERROR) held.reason = 'error'
    else if (seconds * 1000 + nanoseconds / 1e6 >= this.#slow) held.reason ??= 'slow'
    this.#settle(held, held.reason ? 'kept' : 'passed')
    this.#follow(held, root)
  }

  /** The oldest goes: it is the least likely to end soon. */
  #makeRoom(): void {
    const oldest = this.#pending.values().next().value
    if (!oldest) return
    this.#evict(oldest)
    const { traces, spans, bytes } = this.#limits
    const message = `more than ${traces} traces, ${spans} spans or ${Math.round(bytes / 1024)} KiB wait for the end of their local root: of the oldest, what the sampler did not choose is dropped, and may be missing when they end in error or are slow.`
    report('WAYBILL_TELEMETRY_LOST', message, 'keep')
  }

  #evict(held: Held): void {
    if (this.#now() - held.startedAt >= this.#slow) {
      held.reason = 'slow'
      this.#settle(held, 'kept')
    } else {
      this.#settle(held, 'evicted')
    }
  }

  #settle(held: Held, verdict: Held['verdict']): void {
    if (this.#pending.delete(held)) {
      this.#spans -= held.spans.length
      this.#bytes -= held.bytes
    }
    held.verdict = verdict
    const { spans } = held
    held.spans = []
    for (const span of spans) this.#follow(held, span)
  }

  #follow({ verdict, reason }: Held, span: ReadableSpan): void {
    if (verdict === 'kept') this.#next.onEnd(keptSpan(span, reason!))
    else if (isSampled(span)) this.#next.onEnd(span)
  }

  readonly #sweep = (): void => {
    const oldestAllowed = this.#now() - this.#limits.age
    for (const held of this.#pending) {
      if (held.startedAt > oldestAllowed) break
      this.#evict(held)
    }
    const oldest = this.#pending.values().next().value
    this.#timer = oldest && setTimeout(this.#sweep, oldest.startedAt - oldestAllowed).unref()
  }
}

/** Not chosen, or chosen with a probability below one. */
function isUncertain(span: Span): boolean {
  if (!isSampled(span)) return true
  const { traceState } = span.spanContext()
  if (traceState === undefined) return false
  const { threshold } = readOt(traceState)
  return threshold !== undefined && threshold !== ALL
}

function isSampled(span: { spanContext(): { traceFlags: number } }): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
}

/** A copy that exporters take. The span itself stays what the app, and services it called, know it as. */
function keptSpan(span: ReadableSpan, reason: string): ReadableSpan {
  const own = span.spanContext()
  const traceState = writeOt(own.traceState, readOt(own.traceState), ALL)!
  const spanContext = { ...own, traceFlags: own.traceFlags | TraceFlags.SAMPLED, traceState }
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => spanContext,
    ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: isSampled(span) ? span.attributes : { ...span.attributes, [KEPT]: reason },
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  }
}
