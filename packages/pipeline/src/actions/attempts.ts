import { setTimeout as sleep } from 'node:timers/promises'
import { SpanKind, type Attributes, type Span, type Tracer } from '@opentelemetry/api'
import { inSpan } from '@waybill/core'

export interface RetryOptions {
  /** How often to try in all. @default 3 */
  attempts?: number
  /** Milliseconds before the second attempt; doubled before each further one. @default 200 */
  backoffMs?: number
  /** The longest wait in milliseconds, also where the server asks for a longer one. @default 30000 */
  maxDelayMs?: number
}

/** Why an action failed. `message` is safe to show; `cause` is the library's own error and may not be. */
export class ActionError extends Error {
  /** HTTP status, SMTP reply code or code of the network error, as text; `error.type` on spans. */
  readonly code: string
  /** Whether it may work when tried again. */
  readonly transient: boolean
  /** What the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    {
      code,
      transient,
      retryAfterMs,
      cause,
    }: { code: string; transient: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ActionError'
    this.code = code
    this.transient = transient
    this.retryAfterMs = retryAfterMs
  }
}

export interface Attempt<T> {
  name: string
  /** @param attempt 0 for the first */
  attributes: (attempt: number) => Attributes
  run: (span: Span) => Promise<T>
}

export type Attempts = <T>(attempt: Attempt<T>) => Promise<T>

/**
 * A function that runs an attempt up to `attempts` times, each in a CLIENT span of its own, and rejects with
 * the last error. Only a transient `ActionError` is tried again.
 *
 * @throws RangeError when an option is not a number in its range
 */
export function retrying(
  tracer: Tracer,
  { attempts = 3, backoffMs = 200, maxDelayMs = 30_000 }: RetryOptions = {},
): Attempts {
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new RangeError('retry.attempts must be a whole number from 1')
  if (!(backoffMs >= 0)) throw new RangeError('retry.backoffMs must be a number from 0')
  if (!(maxDelayMs >= 0 && maxDelayMs < 2 ** 31))
    throw new RangeError('retry.maxDelayMs must be a number from 0 to 2147483647')

  return async ({ name, attributes, run }) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await inSpan(
          tracer,
          name,
          { kind: SpanKind.CLIENT, attributes: attributes(attempt) },
          (span) => run(span),
        )
      } catch (error) {
        if (attempt + 1 >= attempts || !(error instanceof ActionError) || !error.transient) throw error
        const backoff = backoffMs * 2 ** attempt
        await sleep(Math.min(error.retryAfterMs ?? jitter(backoff), maxDelayMs))
      }
    }
  }
}

/** So that many senders that failed together do not come back together. */
function jitter(ms: number): number {
  return ms * (0.75 + Math.random() / 2)
}
