import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { AttributeValue } from '../../src/index.ts'

interface SpanParts {
  trace?: number
  span?: number
  parent?: number
  name?: string
  /** milliseconds */
  start?: number
  end?: number
  error?: boolean
  links?: number[]
  attributes?: Record<string, string>
}

export const traceId = (n: number): string => n.toString(16).padStart(32, '0')
export const spanId = (n: number): string => n.toString(16).padStart(16, '0')
export const nanos = (ms: number): string => `${ms}000000`

export function attributes(values: Record<string, string>): unknown[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

/** An OTLP/JSON span; all but what is given is the same for all. */
export function span({
  trace = 1,
  span: id = 1,
  parent,
  name = 'work',
  start = 1,
  ...rest
}: SpanParts = {}): unknown {
  return {
    traceId: traceId(trace),
    spanId: spanId(id),
    ...(parent !== undefined && { parentSpanId: spanId(parent) }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(rest.end ?? start + 1),
    status: { code: rest.error ? 2 : 0 },
    attributes: attributes(rest.attributes ?? {}),
    links: (rest.links ?? []).map((n) => ({ traceId: traceId(n), spanId: spanId(n) })),
  }
}

export function traces(service: string, ...spans: unknown[]): Record<string, unknown> {
  const resource = { attributes: attributes({ 'service.name': service }) }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans }] }] }
}

export function logs(service: string, ...logRecords: unknown[]): Record<string, unknown> {
  const resource = { attributes: attributes({ 'service.name': service }) }
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'test' }, logRecords }] }] }
}

export function metrics(service: string, ...list: unknown[]): Record<string, unknown> {
  const resource = { attributes: attributes({ 'service.name': service }) }
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'test' }, metrics: list }] }] }
}

/** A gauge of one point. */
export function gauge(name: string, asDouble: number, time = 1): unknown {
  return { name, gauge: { dataPoints: [{ asDouble, timeUnixNano: nanos(time) }] } }
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

interface PostOptions {
  headers?: Record<string, string>
  method?: string
}

/** POSTs; an object as OTLP/JSON, bytes as protobuf. */
export function post(url: string, body: Buffer | object, options: PostOptions = {}): Promise<Answer> {
  const isBytes = Buffer.isBuffer(body)
  const type = isBytes ? 'application/x-protobuf' : 'application/json'
  const { method = 'POST', headers } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false, headers: { 'content-type': type, ...headers } })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    if (method === 'POST') request.end(isBytes ? body : JSON.stringify(body))
    else request.end()
  })
}

/** Writes raw bytes to the port of `url`; answers with what came back until the other side closed. */
export function sendRaw(url: string, bytes: Buffer | string, { end = false } = {}): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(new URL(url).port), new URL(url).hostname)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.write(bytes)
    if (end) socket.end()
  })
}

export function asJson(answer: Answer): Record<string, AttributeValue> {
  return JSON.parse(answer.body.toString()) as Record<string, AttributeValue>
}
