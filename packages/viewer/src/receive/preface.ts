import type { Socket } from 'node:net'

/** What an HTTP/2 client sends first. https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const HTTP1_BODY =
  'This port takes OTLP/gRPC over plain-text HTTP/2. OTLP/HTTP has its own port, by default 4318.\n'

/**
 * Waits until a connection has shown that it speaks HTTP/2 and calls `proceed`, with nothing of it consumed.
 * A connection that says something else, or nothing in time, is closed; HTTP/1 is told why.
 */
export function awaitPreface(socket: Socket, timeoutMs: number, proceed: () => void): void {
  let seen = Buffer.alloc(0)
  socket.on('error', () => {})
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('readable', onReadable)
  }
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    seen = Buffer.concat([seen, chunk])
    const known = Math.min(seen.length, PREFACE.length)
    if (!seen.subarray(0, known).equals(PREFACE.subarray(0, known))) {
      stop()
      refuse(socket, seen)
    } else if (known === PREFACE.length) {
      stop()
      socket.unshift(seen)
      proceed()
    }
  }
  socket.on('readable', onReadable)
  socket.once('close', stop)
}

function refuse(socket: Socket, seen: Buffer): void {
  const isHttp1 = /^[A-Z]{3,10} /.test(seen.toString('latin1', 0, 12))
  socket.resume()
  const answer = isHttp1
    ? 'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n' +
      `content-length: ${HTTP1_BODY.length}\r\n\r\n${HTTP1_BODY}`
    : ''
  // What is still coming in is read and dropped for a moment: a reset could overtake the answer.
  const cut = setTimeout(() => socket.destroy(), 1_000)
  socket.once('close', () => clearTimeout(cut))
  socket.end(answer)
}
