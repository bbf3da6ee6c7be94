// What a collector answers, read without a library: two small messages.

/** The most of an answer that is kept; longer ones are cut. */
export const MAX_ANSWER = 65_536
/** An answer longer than this is not waited for. */
export const TOO_LONG = 1_048_576
const MAX_REASON = 200
const MAX_PAUSE = 3_600_000

/** https://opentelemetry.io/docs/specs/otlp/#partial-success */
export interface PartialSuccess {
  readonly rejected: number
  readonly reason: string
}

const NOTHING: PartialSuccess = { rejected: 0, reason: '' }

/** `Export*ServiceResponse`: its one field is the partial success, whose fields have the same numbers in all signals. */
export function readPartialSuccess(body: Uint8Array): PartialSuccess {
  const partial = fieldOf(body, 1)
  if (!(partial instanceof Uint8Array)) return NOTHING
  const rejected = fieldOf(partial, 1)
  return { rejected: typeof rejected === 'number' ? rejected : 0, reason: textOf(fieldOf(partial, 2)) }
}

export function readPartialSuccessJson(body: Buffer): PartialSuccess {
  const partial = member(parse(body), 'partialSuccess')
  const rejected = Number(
    member(partial, 'rejectedSpans') ??
      member(partial, 'rejectedDataPoints') ??
      member(partial, 'rejectedLogRecords') ??
      0,
  )
  const reason = member(partial, 'errorMessage')
  return {
    rejected: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
    reason: typeof reason === 'string' ? cut(reason) : '',
  }
}

/** `google.rpc.Status`: its message, and after how many milliseconds to come back where it has a `RetryInfo`. */
export function readStatus(bytes: Uint8Array): { message: string; after: number | undefined } {
  let after: number | undefined
  for (const [number, detail] of fields(bytes)) {
    if (number !== 3 || !(detail instanceof Uint8Array)) continue
    if (!textOf(fieldOf(detail, 1)).endsWith('/google.rpc.RetryInfo')) continue
    const info = fieldOf(detail, 2)
    const delay = info instanceof Uint8Array ? (fieldOf(info, 1) ?? new Uint8Array()) : undefined
    if (!(delay instanceof Uint8Array)) continue
    const part = (field: number): number => Number(fieldOf(delay, field) ?? 0)
    after = boundedPause(part(1) * 1000 + part(2) / 1e6)
  }
  return { message: textOf(fieldOf(bytes, 2)), after }
}

/** The message of an HTTP error: a status in protobuf or JSON, or text. */
export function readError(body: Buffer, type: string): string {
  if (type.includes('protobuf')) return readStatus(body).message
  if (type.includes('json')) {
    const message = member(parse(body), 'message')
    if (typeof message === 'string') return cut(message)
  }
  return /json|text\/plain/.test(type) ? cut(body.toString('utf8')) : ''
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, 10.2.3). */
export function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  return boundedPause(/^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now())
}

/** At most an hour: a server's mistake must not stop delivery for good. */
export function boundedPause(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_PAUSE) : undefined
}

export function cut(text: string): string {
  return text.slice(0, MAX_REASON)
}

function fieldOf(bytes: Uint8Array, wanted: number): number | Uint8Array | undefined {
  for (const [number, value] of fields(bytes)) if (number === wanted) return value
  return undefined
}

/** The fields of a protobuf message; ends where the bytes make no sense any more. */
function* fields(bytes: Uint8Array): Generator<[number, number | Uint8Array]> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) return Number.NaN
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const tag = varint()
    const kind = tag % 8
    const number = Math.floor(tag / 8)
    if (kind === 0) {
      const value = varint()
      // A negative number, in ten bytes: none of ours is.
      yield [number, Number.isSafeInteger(value) ? value : 0]
    } else if (kind === 2) {
      const length = varint()
      if (!(at + length <= bytes.length)) return
      yield [number, bytes.subarray(at, at + length)]
      at += length
    } else if (kind === 1) at += 8
    else if (kind === 5) at += 4
    else return
  }
}

function textOf(value: number | Uint8Array | undefined): string {
  if (!(value instanceof Uint8Array)) return ''
  return cut(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'))
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
