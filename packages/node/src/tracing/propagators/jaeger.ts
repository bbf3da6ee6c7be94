import {
  propagation,
  TraceFlags,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { first, sentBy, setRemote } from './remote.ts'

const HEADER = 'uber-trace-id'
const BAGGAGE = 'uberctx-'
// Leading zeros may be missing. The colons may come percent-encoded.
const FORMAT = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]{1,16}:([0-9a-f]{1,2})$/i
const MAX_LENGTH = 128
const MAX_BAGGAGE = 64
const MAX_VALUE = 4096

/** Jaeger's own headers. https://www.jaegertracing.io/docs/1.76/client-libraries/#propagation-format */
export class JaegerPropagator implements TextMapPropagator {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = sentBy(ctx)
    if (spanContext) {
      const { traceId, spanId, traceFlags } = spanContext
      setter.set(carrier, HEADER, `${traceId}:${spanId}:0:0${traceFlags & TraceFlags.SAMPLED}`)
    }
    for (const [key, { value }] of propagation.getBaggage(ctx)?.getAllEntries() ?? []) {
      setter.set(carrier, BAGGAGE + key, encodeURIComponent(value))
    }
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const withSpan = extractSpan(ctx, first(getter.get(carrier, HEADER)))
    let baggage = propagation.getBaggage(ctx)
    let entries = 0
    for (const key of getter.keys(carrier)) {
      if (!key.toLowerCase().startsWith(BAGGAGE) || key.length === BAGGAGE.length) continue
      const value = first(getter.get(carrier, key))
      if (value === undefined || value.length > MAX_VALUE || ++entries > MAX_BAGGAGE) continue
      const name = key.slice(BAGGAGE.length)
      baggage = (baggage ?? propagation.createBaggage()).setEntry(name, { value: decoded(value) })
    }
    return baggage && entries > 0 ? propagation.setBaggage(withSpan, baggage) : withSpan
  }

  fields(): string[] {
    return [HEADER]
  }
}

function extractSpan(ctx: Context, header: string | undefined): Context {
  if (header === undefined || header.length > MAX_LENGTH) return ctx
  const match = FORMAT.exec(decoded(header))
  if (!match) return ctx
  const sampled = (Number.parseInt(match[3]!, 16) & TraceFlags.SAMPLED) !== 0
  return setRemote(ctx, match[1]!, match[2]!, sampled)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
