// As much of OTLP's protobuf as benchmarks read.
import { gunzipSync } from 'node:zlib'

/** The body of an export request, as it came. */
export interface Held {
  readonly type: string
  readonly encoding: string
  readonly chunks: readonly Buffer[]
}

/** Spans in an ExportTraceServiceRequest, protobuf or JSON. */
export function countSpans(held: Held): number {
  const body = inflate(held)
  if (held.type.includes('json')) return countJson(body)
  let count = 0
  eachScope(body, (scope) => {
    eachField(scope, (field) => {
      if (field === SPANS) count++
    })
  })
  return count
}

/**
 * The ids of the spans in an ExportTraceServiceRequest in protobuf that one tracer made.
 *
 * @param tracer the scope's name: what an SDK traces by itself is not counted
 */
export function spanIds(held: Held, tracer: string): string[] {
  const ids: string[] = []
  eachScope(inflate(held), (scope) => {
    let name = ''
    const own: string[] = []
    eachField(scope, (field, value) => {
      if (field === SCOPE) name = textField(value, NAME, 'utf8')
      else if (field === SPANS) own.push(textField(value, SPAN_ID, 'hex'))
    })
    // Not by a spread: a request may have more spans than a call may have arguments.
    if (name === tracer) for (const id of own) ids.push(id)
  })
  return ids
}

// Field numbers: ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans; ScopeSpans; Span.
const RESOURCE_SPANS = 1
const SCOPE_SPANS = 2
const SCOPE = 1
const NAME = 1
const SPANS = 2
const SPAN_ID = 2

const inflate = ({ encoding, chunks }: Held): Buffer => {
  const raw = Buffer.concat(chunks)
  return encoding === 'gzip' ? gunzipSync(raw) : raw
}

function countJson(body: Buffer): number {
  const { resourceSpans = [] } = JSON.parse(body.toString()) as {
    resourceSpans?: { scopeSpans?: { spans?: unknown[] }[] }[]
  }
  return resourceSpans
    .flatMap(({ scopeSpans = [] }) => scopeSpans)
    .reduce((sum, { spans = [] }) => sum + spans.length, 0)
}

function eachScope(request: Buffer, visit: (scopeSpans: Buffer) => void): void {
  eachField(request, (field, resourceSpans) => {
    if (field !== RESOURCE_SPANS) return
    eachField(resourceSpans, (inner, scopeSpans) => {
      if (inner === SCOPE_SPANS) visit(scopeSpans)
    })
  })
}

function textField(message: Buffer, wanted: number, encoding: 'utf8' | 'hex'): string {
  let text = ''
  eachField(message, (field, value) => {
    if (field === wanted) text = value.toString(encoding)
  })
  return text
}

/** The fields of a protobuf message that have a length: messages, texts, bytes. The others are passed over. */
function eachField(message: Buffer, visit: (field: number, value: Buffer) => void): void {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++]
      if (byte === undefined) throw new Error('the message ends early')
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
      if (length > message.length - at) throw new Error('the message ends early')
      visit(tag >>> 3, message.subarray(at, at + length))
      at += length
    } else throw new Error(`wire type ${wire} is not protobuf`)
  }
}
