/** What one sender may ask of the receivers. Everything that comes from outside is held to one of these. */
export interface Limits {
  /** bytes of one request body as it arrives */
  bodyBytes: number
  /** bytes of one request body after decompression */
  inflatedBytes: number
  /** bytes of all request bodies that are arriving at one time */
  pendingBytes: number
  /** objects and list items in one request: a few bytes on the wire can be many in memory */
  elements: number
  /** messages within messages */
  depth: number
  /** bytes of one request's headers */
  headerBytes: number
  /** headers of one request */
  headers: number
  /** open connections, for each receiver */
  connections: number
  /** open streams of one gRPC connection */
  streams: number
  /** milliseconds for a connection to say what it wants */
  headerTimeoutMs: number
  /** milliseconds for a body to arrive */
  bodyTimeoutMs: number
  /** milliseconds after which a connection that does nothing is closed */
  idleMs: number
}

const MiB = 1024 * 1024

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 16 * MiB,
  inflatedBytes: 64 * MiB,
  pendingBytes: 128 * MiB,
  elements: 2_000_000,
  depth: 100,
  headerBytes: 16 * 1024,
  headers: 100,
  connections: 256,
  streams: 100,
  headerTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  idleMs: 300_000,
}
