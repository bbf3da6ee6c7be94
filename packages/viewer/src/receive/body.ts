import type { Readable } from 'node:stream'
import { gunzipSync, inflateSync } from 'node:zlib'
import type { Intake } from '../intake.ts'
import { Refusal } from '../refusal.ts'

export type Compression = 'gzip' | 'deflate'

export function isCompression(name: string): name is Compression {
  return name === 'gzip' || name === 'deflate'
}

/**
 * The whole of a body, of at most `most` bytes, in the time the limits give. Rejects with a Refusal; the stream
 * is then still open, so that it can be answered.
 */
export function readBody(stream: Readable, most: number, intake: Intake): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      stream.off('data', onData).off('end', onEnd).off('close', onClose).off('aborted', onClose)
      intake.release(length)
      finish()
    }
    const fail = (error: unknown): void => settle(() => reject(error))
    const onData = (chunk: Buffer): void => {
      try {
        if (length + chunk.byteLength > most)
          throw new Refusal('large', `the body is larger than ${most} bytes`)
        intake.reserve(chunk.byteLength)
      } catch (error) {
        fail(error)
        return
      }
      length += chunk.byteLength
      chunks.push(chunk)
    }
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, length)))
    const onClose = (): void => fail(new Refusal('malformed', 'the body ended early'))
    const timer = setTimeout(() => {
      fail(new Refusal('slow', 'the body did not arrive in time'))
    }, intake.limits.bodyTimeoutMs)
    timer.unref()
    // 'error' has its listener with whoever owns the stream; 'close' follows it.
    stream.on('data', onData).on('end', onEnd).on('close', onClose).on('aborted', onClose)
  })
}

/**
 * Decompresses to at most `most` bytes. Synchronously: one at a time is what bounds the memory that many
 * small bodies can unfold to.
 */
export function inflate(body: Buffer, compression: Compression, most: number): Buffer {
  const options = { maxOutputLength: most }
  try {
    return compression === 'gzip' ? gunzipSync(body, options) : inflateSync(body, options)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Refusal('large', `the body inflates to more than ${most} bytes`, { cause })
    }
    throw new Refusal('malformed', `the body is not ${compression}`, { cause })
  }
}
