import type { ClientRequest } from 'node:http'
import type { TextMapSetter } from '@opentelemetry/api'

/** A request of which Node has made the text of its head already. */
interface Rendered {
  _header?: unknown
  readonly _headerSent?: boolean
  readonly outputData?: { data: unknown }[]
  outputSize?: number
}

/** What Node's HTTP parsers accept of all headers together is 16 KiB. */
const MAX_BAGGAGE = 8192

/**
 * Writes the headers that carry the context onto a request that was just made and not sent. Only here: the options
 * that the app has given are its own.
 */
export const clientRequestSetter: TextMapSetter<ClientRequest> = {
  set(request, name, value) {
    // Headers that were given as an array, and requests with `Expect`, are text from the start.
    if (request.headersSent) writeInto(request as Rendered, name, value)
    else request.setHeader(name, name === 'baggage' ? withTheirs(request.getHeader(name), value) : value)
  },
}

/** Our members of the baggage, behind those that the app has written itself and ours does not have. */
export function withTheirs(theirs: unknown, ours: string): string {
  if (typeof theirs !== 'string' || theirs === '') return ours
  const keys = new Set(ours.split(',').map(keyOf))
  const kept = theirs.split(',').filter((member) => !keys.has(keyOf(member)))
  const both = [...kept, ours].join(',')
  return both.length > MAX_BAGGAGE ? ours : both
}

function keyOf(member: string): string {
  const end = member.indexOf('=')
  return (end < 0 ? member : member.slice(0, end)).trim()
}

const END = '\r\n\r\n'

function writeInto(request: Rendered, name: string, value: string): void {
  const { _header: head, outputData } = request
  if (typeof head !== 'string' || !head.endsWith(END)) return
  const own = new RegExp(`\\r\\n${name}:[ \\t]*([^\\r\\n]*)`, 'i')
  const theirs = own.exec(head)?.[1]
  const line = `\r\n${name}: ${name === 'baggage' ? withTheirs(theirs, value) : value}`
  const changed =
    theirs === undefined ? `${head.slice(0, -END.length)}${line}${END}` : head.replace(own, () => line)
  if (request._headerSent) {
    // It waits for a connection.
    const [first] = outputData ?? []
    if (typeof first?.data !== 'string' || !first.data.startsWith(head)) return
    first.data = changed + first.data.slice(head.length)
    if (request.outputSize !== undefined) request.outputSize += changed.length - head.length
  }
  request._header = changed
}
