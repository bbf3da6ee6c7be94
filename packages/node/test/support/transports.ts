import { GrpcTransport } from '../../src/export/grpc.ts'
import { HttpTransport } from '../../src/export/http.ts'
import type { Outcome, Transport } from '../../src/export/job.ts'
import type { Endpoint } from '../../src/options/endpoint.ts'
import {
  grpcAnswer,
  grpcCollector,
  httpCollector,
  type Collector,
  type GrpcAnswer,
  type HttpAnswer,
} from './collector.ts'

export type Kind = 'HTTP' | 'gRPC'
type Pair = [Transport, Collector]

/** What comes of it where there is no answer in time. */
export const LATE: Outcome = {
  kind: 'retry',
  reason: 'no answer in 100 ms',
  error: 'timeout',
  unsure: true,
}

export const bytes = (text: string): Uint8Array => Buffer.from(text)

/** Protobuf, by hand: a field with a length. */
export const field = (number: number, content: Uint8Array | string): Buffer => {
  const body = Buffer.from(content as string)
  return Buffer.concat([Buffer.from([number * 8 + 2, body.length]), body])
}

/** A partial success: 5 were rejected. */
export const PARTIAL: Buffer = field(1, Buffer.concat([Buffer.from([8, 5]), field(2, 'too old')]))

export function endpointOf(url: string, kind: Kind, more: Partial<Endpoint> = {}): Endpoint {
  return {
    protocol: kind === 'HTTP' ? 'http/protobuf' : 'grpc',
    url,
    headers: { authorization: 'Bearer x' },
    gzip: false,
    timeout: 2000,
    tls: {},
    ...more,
  }
}

export function transportTo(kind: Kind, endpoint: Endpoint): Transport {
  return kind === 'HTTP' ? new HttpTransport(endpoint) : new GrpcTransport('traces', endpoint)
}

interface Transports {
  readonly open: { close(): unknown }[]
  readonly http: (answer?: HttpAnswer, more?: Partial<Endpoint>) => Promise<Pair>
  readonly grpc: (answer?: GrpcAnswer, more?: Partial<Endpoint>) => Promise<Pair>
  /** One or the other, for what both do. `behave` decides for each request; `answer` says that it was taken. */
  readonly either: (
    kind: Kind,
    more?: Partial<Endpoint>,
    behave?: (answer: () => void) => void,
  ) => Promise<Pair>
  /** Another collector where a closed one was. */
  readonly restarted: (kind: Kind, closed: Collector) => Promise<void>
}

/** Collectors, each with a transport to it; after each test they are closed, and what else is in `open`. */
export function useTransports(): Transports {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close()
  })

  const http = async (answer?: HttpAnswer, more?: Partial<Endpoint>): Promise<Pair> => {
    const collector = await httpCollector(answer)
    open.push(collector)
    return [transportTo('HTTP', endpointOf(`${collector.url}/v1/traces`, 'HTTP', more)), collector]
  }
  const grpc = async (answer?: GrpcAnswer, more?: Partial<Endpoint>): Promise<Pair> => {
    const collector = await grpcCollector(answer)
    open.push(collector)
    return [transportTo('gRPC', endpointOf(collector.url, 'gRPC', more)), collector]
  }
  return {
    open,
    http,
    grpc,
    either: (kind, more, behave = (answer) => answer()) =>
      kind === 'HTTP'
        ? http((_request, response) => behave(() => void response.end()), more)
        : grpc((_request, stream) => behave(() => grpcAnswer(stream)), more),
    async restarted(kind, { port }) {
      const start = kind === 'HTTP' ? httpCollector : grpcCollector
      open.push(await start(undefined, port))
    },
  }
}
