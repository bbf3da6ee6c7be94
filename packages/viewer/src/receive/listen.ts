import type { AddressInfo, Server, Socket } from 'node:net'

/** A receiver that is listening. */
export interface Receiver {
  /** http://HOST:PORT */
  url: string
  /** Takes no more connections, gives open requests a moment, and ends what is left. */
  close(): Promise<void>
}

/** How long requests that are being answered may take once the viewer closes. */
const CLOSE_GRACE_MS = 250

/** Listens; rejects with one Error that says what to do, and keeps the system's `code`. */
export function listen(server: Server, port: number, host: string, option: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, port, host, option))
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      // A later error (no more file descriptors) concerns one connection, not the server.
      server.on('error', () => {})
      const { address, family, port: bound } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`)
    })
  })
}

/** The open connections of a server, so that they can be ended. */
export function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** Closes: `finish` asks what is open to end by itself; what has not after a moment is cut. */
export function closeServer(server: Server, sockets: Set<Socket>, finish: () => void): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, CLOSE_GRACE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    finish()
  })
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string, option: string): Error {
  const place = `port ${port} on ${host}`
  const advice = `Give the viewer another port with ${option} (0 takes a free one).`
  const message =
    cause.code === 'EADDRINUSE'
      ? `${place} is in use, perhaps by another collector or viewer. Stop that one, or: ${advice}`
      : cause.code === 'EACCES'
        ? `${place} may not be used by this user. ${advice}`
        : `cannot listen at ${place}: ${cause.message}. ${advice}`
  return Object.assign(new Error(message, { cause }), { code: cause.code })
}
