import type { Server, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Held } from '../otlp.ts'

/** An export request that has arrived whole, and the ways to answer it. */
export interface Exchange {
  readonly traces: boolean
  readonly body: Held
  /** @returns false when who asked is gone */
  accept(): boolean
  refuse(): void
  stall(): void
}

/** @param slow milliseconds */
export function leaveUnread(body: Readable, slow: number): void {
  if (slow <= 0) return
  body.pause()
  setTimeout(() => body.resume(), slow)
}

export type Protocol = 'grpc' | 'http'

export interface Listening {
  readonly port: number
  /** Reset every connection. */
  reset(): void
  /** Reset them, and listen no more. */
  close(): Promise<void>
}

// Below the ports that systems give to outgoing connections. A client that asks for a port of theirs again and again
// while nobody listens there may be given that port as its own, and be connected with itself.
const PORTS = { from: 20_000, to: 29_999 }
const TRIES = 50

/** @param wanted a port; a free one is chosen without it */
export async function listen(server: Server, wanted?: number): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const port = await bind(server, wanted)
  server.on('error', () => {})
  return {
    port,
    reset,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        reset()
      }),
  }
}

async function bind(server: Server, wanted: number | undefined): Promise<number> {
  for (let left = TRIES; ; left--) {
    const port = wanted ?? PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from))
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject)
          resolve()
        })
      })
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
