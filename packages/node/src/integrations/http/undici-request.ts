import type { TextMapSetter } from '@opentelemetry/api'
import { withTheirs } from './inject.ts'

/** What undici, the package and the one in Node, hands out on its channels. */
export interface UndiciRequest {
  readonly origin: string | URL
  readonly method: string
  readonly path: string
  /** Text in version 5; from 6 on `[name, value, name, value, …]`. */
  headers: string | (string | string[])[]
  addHeader?(name: string, value: string): void
}

export interface UndiciResponse {
  readonly headers: readonly Uint8Array[]
  readonly statusCode: number
}

export const undiciRequestSetter: TextMapSetter<UndiciRequest> = {
  set(request, name, value) {
    const { headers } = request
    if (!Array.isArray(headers)) {
      if (typeof headers === 'string') request.headers = `${headers}${name}: ${value}\r\n`
      else request.addHeader?.(name, value)
      return
    }
    const at = indexOf(headers, name)
    if (at < 0) headers.push(name, value)
    else headers[at + 1] = name === 'baggage' ? withTheirs(headers[at + 1], value) : value
  },
}

/** The value of a header; undefined where there is none. */
export function undiciHeader({ headers }: UndiciRequest, name: string): string | string[] | undefined {
  if (typeof headers === 'string') {
    return new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'im').exec(headers)?.[1]
  }
  const at = indexOf(headers, name)
  return at < 0 ? undefined : headers[at + 1]
}

function indexOf(headers: readonly (string | string[])[], name: string): number {
  for (let at = 0; at < headers.length; at += 2) {
    const key = headers[at]
    if (typeof key === 'string' && key.length === name.length && key.toLowerCase() === name) return at
  }
  return -1
}

/** The values of a header of a response, which come as names and values by turns. */
export function undiciResponseHeader({ headers }: UndiciResponse, name: string): string[] | undefined {
  let values: string[] | undefined
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (Buffer.from(headers[at]!).toString('latin1').toLowerCase() !== name) continue
    ;(values ??= []).push(Buffer.from(headers[at + 1]!).toString('latin1'))
  }
  return values
}
