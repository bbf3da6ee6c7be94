import {
  TraceFlags,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { first, sentBy, setRemote } from './remote.ts'

const HEADER = 'x-amzn-trace-id'
const ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i
const PARENT = /^[0-9a-f]{16}$/i
const MAX_LENGTH = 1024

/** AWS X-Ray's header. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
export class XRayPropagator implements TextMapPropagator {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = sentBy(ctx)
    if (!spanContext) return
    const { traceId, spanId, traceFlags } = spanContext
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
    setter.set(carrier, HEADER, `Root=${root};Parent=${spanId};Sampled=${traceFlags & TraceFlags.SAMPLED}`)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = first(getter.get(carrier, HEADER) ?? getter.get(carrier, 'X-Amzn-Trace-Id'))
    if (header === undefined || header.length > MAX_LENGTH) return ctx
    const parts = new Map<string, string>()
    for (const part of header.split(';')) {
      const equals = part.indexOf('=')
      if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
    }
    const root = ROOT.exec(parts.get('Root') ?? '')
    const parent = parts.get('Parent') ?? ''
    const sampled = parts.get('Sampled')
    // Without a decision (`?`, or none) the load balancer only made an id: the trace begins here.
    if (!root || !PARENT.test(parent) || (sampled !== '0' && sampled !== '1')) return ctx
    return setRemote(ctx, `${root[1]}${root[2]}`, parent, sampled === '1')
  }

  fields(): string[] {
    return [HEADER]
  }
}
