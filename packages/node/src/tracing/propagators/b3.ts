import {
  createContextKey,
  TraceFlags,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { first, sentBy, setRemote } from './remote.ts'

const SINGLE = 'b3'
const TRACE_ID = 'x-b3-traceid'
const SPAN_ID = 'x-b3-spanid'
const SAMPLED = 'x-b3-sampled'
const FLAGS = 'x-b3-flags'

/** Sampled by order: goes along as it came. */
const DEBUG = createContextKey('waybill.b3.debug')

const FORMAT = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/i
const IS_TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i
const IS_SPAN_ID = /^[0-9a-f]{16}$/i
const MAX_LENGTH = 128

/** Zipkin's B3. Reads both forms, writes one of them. https://github.com/openzipkin/b3-propagation */
export class B3Propagator implements TextMapPropagator {
  readonly #multi: boolean

  /** @param multi write `x-b3-…` headers, not the single `b3` */
  constructor(multi: boolean) {
    this.#multi = multi
  }

  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = sentBy(ctx)
    if (!spanContext) return
    const { traceId, spanId, traceFlags } = spanContext
    const debug = ctx.getValue(DEBUG) === true
    const sampled = (traceFlags & TraceFlags.SAMPLED) === 0 ? '0' : '1'
    if (!this.#multi) {
      setter.set(carrier, SINGLE, `${traceId}-${spanId}-${debug ? 'd' : sampled}`)
      return
    }
    setter.set(carrier, TRACE_ID, traceId)
    setter.set(carrier, SPAN_ID, spanId)
    if (debug) setter.set(carrier, FLAGS, '1')
    else setter.set(carrier, SAMPLED, sampled)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const single = first(getter.get(carrier, SINGLE))
    return single === undefined ? extractMulti(ctx, carrier, getter) : extractSingle(ctx, single)
  }

  fields(): string[] {
    return this.#multi ? [TRACE_ID, SPAN_ID, SAMPLED, FLAGS] : [SINGLE]
  }
}

function extractSingle(ctx: Context, header: string): Context {
  const match = header.length <= MAX_LENGTH ? FORMAT.exec(header) : null
  if (!match) return ctx
  const state = match[3]?.toLowerCase()
  return extracted(ctx, match[1]!, match[2]!, state === '1', state === 'd')
}

function extractMulti(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
  const traceId = first(getter.get(carrier, TRACE_ID))
  if (traceId === undefined || !IS_TRACE_ID.test(traceId)) return ctx
  const spanId = first(getter.get(carrier, SPAN_ID))
  if (spanId === undefined || !IS_SPAN_ID.test(spanId)) return ctx
  const sampled = first(getter.get(carrier, SAMPLED))
  // Old senders write `true`.
  return extracted(
    ctx,
    traceId,
    spanId,
    sampled === '1' || sampled?.toLowerCase() === 'true',
    first(getter.get(carrier, FLAGS)) === '1',
  )
}

function extracted(ctx: Context, traceId: string, spanId: string, sampled: boolean, debug: boolean): Context {
  const remote = setRemote(ctx, traceId, spanId, sampled || debug)
  return debug && remote !== ctx ? remote.setValue(DEBUG, true) : remote
}
