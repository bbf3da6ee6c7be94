/** Why a whole request is refused, and how each protocol says so. */
const KINDS = {
  malformed: { http: 400, grpc: 3 },
  slow: { http: 408, grpc: 4 },
  large: { http: 413, grpc: 8 },
  encoding: { http: 415, grpc: 12 },
  frame: { http: 400, grpc: 13 },
  unavailable: { http: 503, grpc: 14 },
} as const

/** A request that is refused whole; the message goes to the sender. */
export class Refusal extends Error {
  readonly httpStatus: number
  readonly grpcStatus: number

  constructor(kind: keyof typeof KINDS, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Refusal'
    this.httpStatus = KINDS[kind].http
    this.grpcStatus = KINDS[kind].grpc
  }
}

/** Any error as one that the sender can be told about. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal
    ? error
    : new Refusal('unavailable', 'the viewer could not take this request', { cause: error })
}
