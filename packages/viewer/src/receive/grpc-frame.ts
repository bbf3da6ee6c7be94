import { Refusal } from '../refusal.ts'
import { inflate, isCompression } from './body.ts'

/** One byte that says whether the message is compressed, four for its length. */
export const HEADER_BYTES = 5
export const ACCEPTED_ENCODINGS = 'identity,gzip,deflate'

/** The message of a unary gRPC request body. Throws a Refusal where there is not exactly one whole message. */
export function unframe(body: Buffer, encoding: string, mostInflated: number): Buffer {
  if (body.length < HEADER_BYTES) throw new Refusal('frame', 'gRPC: no message')
  const flag = body[0]
  const length = body.readUInt32BE(1)
  const message = body.subarray(HEADER_BYTES)
  if (flag !== 0 && flag !== 1) throw new Refusal('frame', 'gRPC: unknown message flag')
  if (message.length < length) throw new Refusal('frame', 'gRPC: the message ended early')
  if (message.length > length) throw new Refusal('frame', 'gRPC: more than one message')
  if (flag === 0) return message
  if (encoding === 'identity') throw new Refusal('frame', 'gRPC: a compressed message without grpc-encoding')
  if (!isCompression(encoding))
    throw new Refusal('encoding', `gRPC: grpc-encoding must be ${ACCEPTED_ENCODINGS}`)
  return inflate(message, encoding, mostInflated)
}

export function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([header, message])
}
