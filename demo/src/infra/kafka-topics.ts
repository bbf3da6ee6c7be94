import { connect } from 'node:net'
import { API, frameSplitter } from './kafka-wire.ts'

/**
 * Answer a CreateTopics request (versions 0 to 2), which the mock cluster does not know: asking for a topic's
 * metadata makes it there. It always gets the cluster's number of partitions.
 */
export async function createTopics(request: Buffer, upstream: number): Promise<Buffer> {
  const version = request.readInt16BE(6)
  const names = topicNames(request)
  for (const name of names) await createByMetadata(name, upstream)

  const results = names.map((name) => {
    const noError = Buffer.from(version >= 1 ? [0, 0, 0xff, 0xff] : [0, 0]) // code, then a null message
    return Buffer.concat([string(name), noError])
  })
  const throttle = version >= 2 ? [int32(0)] : []
  return frame([request.subarray(8, 12), ...throttle, int32(names.length), ...results])
}

function topicNames(request: Buffer): string[] {
  let at = 12
  const skipString = (): void => {
    at += 2 + Math.max(request.readInt16BE(at), 0)
  }
  const count = (): number => {
    at += 4
    return request.readInt32BE(at - 4)
  }
  skipString() // client id
  return Array.from({ length: count() }, () => {
    const length = request.readInt16BE(at)
    const name = request.toString('utf8', at + 2, at + 2 + length)
    skipString()
    at += 6 // partitions, replication factor
    for (let assignments = count(); assignments > 0; assignments--) {
      at += 4 // partition
      const replicas = count()
      at += 4 * replicas
    }
    for (let configs = count(); configs > 0; configs--) {
      skipString()
      skipString()
    }
    return name
  })
}

function createByMetadata(name: string, upstream: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const header = Buffer.from([0, API.metadata, 0, 4, 0, 0, 0, 1, 0xff, 0xff]) // version 4, id 1, no client id
    const socket = connect(upstream, '127.0.0.1')
    socket.once('error', reject)
    socket.on(
      'data',
      frameSplitter(() => {
        socket.end()
        resolve()
      }),
    )
    socket.write(frame([header, int32(1), string(name), Buffer.from([1])])) // 1: create where missing
  })
}

function frame(parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([int32(body.length), body])
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
