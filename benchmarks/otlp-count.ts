import { gunzipSync } from 'node:zlib'

/** The body of an export request, as it came. */
export interface Held {
  readonly type: string
  readonly encoding: string
  readonly chunks: readonly Buffer[]
}

/** Spans in an OTLP ExportTraceServiceRequest, protobuf or JSON. */
export function countSpans({ type, encoding, chunks }: Held): number {
  const raw = Buffer.concat(chunks)
  const body = encoding === 'gzip' ? gunzipSync(raw) : raw
  return type.includes('json') ? countJson(body) : countFields(body, SPAN_PATH)
}

/** ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans. */
const SPAN_PATH = [1, 2, 2]

function countJson(body: Buffer): number {
  const { resourceSpans = [] } = JSON.parse(body.toString()) as {
    resourceSpans?: { scopeSpans?: { spans?: unknown[] }[] }[]
  }
  return resourceSpans
    .flatMap(({ scopeSpans = [] }) => scopeSpans)
    .reduce((sum, { spans = [] }) => sum + spans.length, 0)
}

/** How many fields lie at `path` in a protobuf message, without decoding what is in them. */
function countFields(message: Buffer, [field, ...deeper]: readonly number[]): number {
  let count = 0
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++]!
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const wire = tag & 7
    if (wire === 0) varint()
    else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else if (wire === 2) {
      const length = varint()
      const inside = message.subarray(at, at + length)
      at += length
      if (tag >>> 3 === field) count += deeper.length === 0 ? 1 : countFields(inside, deeper)
    } else throw new Error(`wire type ${wire} is not protobuf`)
  }
  return count
}
