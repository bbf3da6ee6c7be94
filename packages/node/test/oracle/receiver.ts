import { gunzipSync } from 'node:zlib'
import { decode } from '../../../viewer/src/otlp/decode.ts'
import { logsRequest, metricsRequest, tracesRequest } from '../../../viewer/src/otlp/fields.ts'
import { grpcCollector, httpCollector, type Received } from '../support/collector.ts'
import type { Tree } from './records.ts'

export interface Receiver {
  readonly http: string
  readonly grpc: string
  readonly received: () => Request[]
  close(): Promise<void>
}

/** One export request, decoded. */
export interface Request {
  readonly signal: 'traces' | 'metrics' | 'logs' | 'zipkin'
  /** Everything about it that is not its content. */
  readonly manner: Tree
  readonly content: Tree
}

const MESSAGES = { traces: tracesRequest, metrics: metricsRequest, logs: logsRequest }
/** What is different with each request, or is the transport's own affair. */
const PASSED_OVER =
  /^(?::|date$|content-length$|host$|connection$|transfer-encoding$|te$|grpc-accept-encoding$|keep-alive$|accept)/

/** What one case sends to. Takes OTLP over gRPC and HTTP, and Zipkin's JSON. */
export async function startReceiver(): Promise<Receiver> {
  const [http, grpc] = await Promise.all([httpCollector(), grpcCollector()])
  return {
    http: http.url,
    grpc: grpc.url,
    received: () => [
      ...http.received.map((request) => read(request, 'http')),
      ...grpc.received.map((request) => read(request, 'grpc')),
    ],
    async close() {
      await Promise.all([http.close(), grpc.close()])
    },
  }
}

function read({ path, headers, body }: Received, transport: 'http' | 'grpc'): Request {
  const signal = signalOf(path)
  const manner = {
    transport,
    path,
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => {
        if (PASSED_OVER.test(name)) return []
        // What is left of the time when the request is sent.
        return [[name, name === 'grpc-timeout' ? String(value).replace(/\d+/, 'some ') : value]]
      }),
    ),
  }
  const bytes = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body
  const isJson = String(headers['content-type']).includes('json')
  const content = isJson
    ? (JSON.parse(bytes.toString()) as Tree)
    : decode(MESSAGES[signal as keyof typeof MESSAGES], bytes)
  return { signal, manner, content }
}

function signalOf(path: string): Request['signal'] {
  if (path.endsWith('/spans')) return 'zipkin'
  if (/metrics/i.test(path)) return 'metrics'
  return /logs/i.test(path) ? 'logs' : 'traces'
}
