import { ROOT_CONTEXT, type Context } from '@opentelemetry/api'
import { extractHeaders, guard, injectHeaders, report, type Headers } from '@waybill/core'

// A NOTIFY payload is text. The event's JSON object gets one more member, so that a receiver that knows
// nothing of us still reads the event.
const MEMBER = '_context'

/** PostgreSQL's limit is "shorter than 8000 bytes". */
const MAX_PAYLOAD = 7999

/** What is left out, one step after the other, until the rest fits. */
const LESS: readonly ((key: string) => boolean)[] = [
  (key) => key !== 'baggage',
  (key) => key !== 'tracestate',
  (key) => key === 'traceparent',
  () => false,
]

/**
 * `event` as JSON with `ctx` in it. Text, and what is no JSON object, goes as it is, without context.
 *
 * @param channel for the message that says that a context did not fit
 * @throws TypeError where the event is no JSON
 */
export function encodePayload(event: unknown, ctx: Context, channel: string): string {
  if (typeof event === 'string') return event
  const json = withoutMember(JSON.stringify(event) ?? '')
  if (!json.startsWith('{')) return json

  const carrier = Object.entries(guard('notify', () => injectHeaders<string>(ctx, {}), {}))
  const room = MAX_PAYLOAD - Buffer.byteLength(json)
  let kept = carrier
  for (const keep of LESS) {
    if (kept.length === 0 || memberSize(kept) <= room) break
    kept = kept.filter(([key]) => keep(key))
  }
  if (kept.length < carrier.length && room >= 0) {
    const dropped = carrier.filter((entry) => !kept.includes(entry)).map(([key]) => key)
    report(
      'WAYBILL_PAYLOAD_TOO_LARGE',
      `NOTIFY ${channel}: event and context are over ${MAX_PAYLOAD} bytes. Left out: ${dropped.join(', ')}.`,
      channel,
    )
  }
  return kept.length === 0 ? json : `${json.slice(0, -1)}${json === '{}' ? '' : ','}${member(kept)}}`
}

/** The event without its context, and the context; text that is no JSON object is the event itself. */
export function decodePayload(payload: string): { event: unknown; context: Context } {
  const parsed = parseObject(payload)
  if (parsed === undefined) return { event: payload, context: ROOT_CONTEXT }
  const carrier = parsed[MEMBER]
  delete parsed[MEMBER]
  return {
    event: parsed,
    context:
      typeof carrier === 'object'
        ? guard('NOTIFY payload', () => extractHeaders(ROOT_CONTEXT, carrier as Headers), ROOT_CONTEXT)
        : ROOT_CONTEXT,
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** An event that was handed on as it came may still have the context it came with. */
function withoutMember(json: string): string {
  if (!json.includes(`"${MEMBER}"`)) return json
  const parsed = parseObject(json)
  if (parsed === undefined || !(MEMBER in parsed)) return json
  delete parsed[MEMBER]
  return JSON.stringify(parsed)
}

function member(carrier: [string, string][]): string {
  return `"${MEMBER}":${JSON.stringify(Object.fromEntries(carrier))}`
}

function memberSize(carrier: [string, string][]): number {
  return Buffer.byteLength(member(carrier)) + 1
}
