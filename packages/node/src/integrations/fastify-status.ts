/** What fastify says of a request on `tracing:fastify.request.handler:*`: one object from start to end. */
export interface HandlerMessage {
  readonly request: { readonly raw: object }
  readonly reply: Reply
  readonly route: { readonly url?: unknown }
  error?: unknown
}

interface Reply {
  readonly raw: { statusCode: number }
  [flag: symbol]: unknown
}

/**
 * Where anyone listens, fastify gives an error its status before the app's error handler runs: an answer of it
 * without a status is a 500 then, and a 200 where nobody listens. The error is written on the message just
 * before that: then the status is remembered, and put back when the error is told.
 */
export function keepStatus(message: HandlerMessage): void {
  Object.defineProperty(message, 'error', UNTIL_ERROR)
}

export function restoreStatus({ reply }: HandlerMessage): void {
  if (before?.reply !== reply) return
  const { status, isSet } = before
  before = undefined
  if (reply.raw.statusCode === status) return
  reply.raw.statusCode = status
  if (flag) reply[flag] = isSet
}

/** Of the reply whose error is being told; fastify does that without a pause. */
let before: { reply: Reply; status: number; isSet: unknown } | undefined
/** fastify's own mark of a reply that was given a status. */
let flag: symbol | undefined

const UNTIL_ERROR: PropertyDescriptor & ThisType<HandlerMessage> = {
  configurable: true,
  get: () => undefined,
  set(error: unknown) {
    Object.defineProperty(this, 'error', {
      value: error,
      writable: true,
      enumerable: true,
      configurable: true,
    })
    const { reply } = this
    flag ??= Object.getOwnPropertySymbols(reply).find(({ description = '' }) => FLAG.test(description))
    before = { reply, status: reply.raw.statusCode, isSet: flag && reply[flag] }
  },
}

const FLAG = /^fastify\.reply\.hasStatusCode$/
