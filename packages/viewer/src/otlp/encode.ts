import type { Signal } from '../rows.ts'

/** How a request was written, and so how its answer is. */
export type Encoding = 'protobuf' | 'json'

/** What became of a request that was taken. */
export interface Outcome {
  /** records left out */
  rejected: number
  /** why the first of them was */
  reason?: string
}

const REJECTED: Record<Signal, string> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
}

/** Export{Trace,Logs,Metrics}ServiceResponse: empty when all was taken, as the specification asks. */
export function encodeResponse(
  signal: Signal,
  { rejected, reason = '' }: Outcome,
  encoding: Encoding,
): Buffer {
  if (encoding === 'json') {
    const partialSuccess = { [REJECTED[signal]]: String(rejected), errorMessage: reason }
    return Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess }))
  }
  if (rejected === 0) return Buffer.alloc(0)
  return delimited(1, Buffer.concat([number(1, rejected), delimited(2, Buffer.from(reason))]))
}

/** google.rpc.Status: the body of an answer that refuses a request. */
export function encodeStatus(code: number, message: string, encoding: Encoding): Buffer {
  return encoding === 'json'
    ? Buffer.from(JSON.stringify({ code, message }))
    : Buffer.concat([number(1, code), delimited(2, Buffer.from(message))])
}

function number(field: number, value: number): Buffer {
  return Buffer.from([field << 3, ...varint(value)])
}

function delimited(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(bytes.byteLength)]), bytes])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return [...bytes, rest]
}
