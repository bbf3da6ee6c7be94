import { propagation, type Context, type TextMapGetter, type TextMapSetter } from '@opentelemetry/api'
import { OPERATION_CARRIER_KEY } from './attributes.ts'
import { acceptOperationId, currentOperation, setOperation } from './operation.ts'

/** A header value as message clients and HTTP servers hand it out. */
export type HeaderValue =
  | string
  | Buffer
  | Uint8Array
  | readonly (string | Buffer | Uint8Array)[]
  | null
  | undefined
export type Headers = Record<string, HeaderValue>

/** Longer values are not read: no propagation format of ours comes near, and the sender may be hostile. */
const MAX_VALUE = 8192 + 512

/** Reads headers whose values may be strings, Buffers or arrays of them; the first of several counts. */
export const headerGetter: TextMapGetter<Headers> = {
  get: (headers, key) => headerText(headers?.[key]),
  keys: (headers) => Object.keys(headers ?? {}),
}

const setter: TextMapSetter<Record<string, HeaderValue>> = {
  set: (headers, key, value) => {
    headers[key] = value
  },
}

/** One header value as text, or undefined where there is none or it is too long to be ours. */
export function headerText(value: HeaderValue | undefined): string | undefined {
  const first = Array.isArray(value)
    ? (value[0] as HeaderValue)
    : (value as Exclude<HeaderValue, readonly unknown[]>)
  if (typeof first === 'string') return first.length <= MAX_VALUE ? first : undefined
  if (!(first instanceof Uint8Array) || first.byteLength > MAX_VALUE) return undefined
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString('utf8')
}

/**
 * Headers that carry `ctx`: a copy of `headers` plus what the global propagator writes and the operation
 * id. The object that was given is never changed, and a `traceparent` that is already there is kept: it is
 * the message's creation context.
 */
export function injectHeaders<T extends HeaderValue>(
  ctx: Context,
  headers: Record<string, T> | undefined,
): Record<string, T | string> {
  if (headers && headerText(headers['traceparent']) !== undefined) return headers
  const out: Record<string, HeaderValue> = { ...headers }
  propagation.inject(ctx, out, setter)
  const operation = currentOperation(ctx)
  if (operation) out[OPERATION_CARRIER_KEY] ??= operation.id
  return out as Record<string, T | string>
}

/** `ctx` with the span context, baggage and operation that `headers` carry. Ill-formed ones are passed over. */
export function extractHeaders(ctx: Context, headers: Headers | undefined): Context {
  if (!headers) return ctx
  const extracted = propagation.extract(ctx, headers, headerGetter)
  const id = acceptOperationId(headerText(headers[OPERATION_CARRIER_KEY]))
  return id === undefined || currentOperation(extracted)?.id === id
    ? extracted
    : setOperation(extracted, { id })
}
