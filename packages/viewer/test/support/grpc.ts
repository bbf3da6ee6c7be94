import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'

export const EXPORT_TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

export interface GrpcAnswer {
  /** headers and trailers together */
  headers: IncomingHttpHeaders
  body: Buffer
  /** HTTP/2 error code that closed the stream */
  reset: number
}

export function framed(message: Buffer, flag = 0): Buffer {
  const header = Buffer.from([flag, 0, 0, 0, 0])
  header.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([header, message])
}

/** One call with any headers and any body, as a hostile client could make it. */
export function call(url: string, body: Buffer, headers: OutgoingHttpHeaders = {}): Promise<GrpcAnswer> {
  return new Promise((resolve) => {
    const session = connect(url)
    const answer: GrpcAnswer = { headers: {}, body: Buffer.alloc(0), reset: 0 }
    const finish = (): void => {
      session.destroy()
      resolve(answer)
    }
    session.on('error', finish)
    const stream = session.request(
      {
        ':method': 'POST',
        ':path': EXPORT_TRACES,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      },
      { endStream: false },
    )
    const merge = (more: IncomingHttpHeaders): void => void Object.assign(answer.headers, more)
    stream.on('response', merge)
    stream.on('trailers', merge)
    stream.on('data', (chunk: Buffer) => (answer.body = Buffer.concat([answer.body, chunk])))
    stream.on('error', () => {})
    stream.on('close', () => {
      answer.reset = stream.rstCode
      finish()
    })
    stream.end(body)
  })
}
