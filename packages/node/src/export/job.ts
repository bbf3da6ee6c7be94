import type { Protocol } from '../options/endpoint.ts'
import type { Content, Entry } from './spool/name.ts'
import type { Claim } from './spool/spool.ts'

/** One export request on its way. */
export interface Job {
  /** The order in which they came. */
  readonly number: number
  readonly body: Uint8Array
  readonly content: Content
  /** Spans, log records or metric points in it. */
  readonly items: number
  /** An attempt had no answer: the collector may have it. */
  unsure: boolean
  tries: number
  /** It came from the disk. */
  readonly claim: Claim | undefined
  /** It is on disk, under this name. */
  entry: Entry | undefined
  /** The process ends, and the answer is not waited for any more. */
  abandoned: boolean
}

let jobs = 0

/** @param claim where it came from the disk */
export function newJob(body: Uint8Array, items: number, content: Content, claim?: Claim): Job {
  const { entry } = claim ?? {}
  const unsure = entry?.unsure ?? false
  return { number: jobs++, body, content, items, unsure, tries: 0, claim, entry, abandoned: false }
}

/** What is handed over for a collector of this protocol. */
export function contentOf(protocol: Protocol): Content {
  if (protocol === 'zipkin') return 'zipkin'
  return protocol === 'http/json' ? 'json' : 'protobuf'
}

/** What one attempt came to. */
export type Outcome =
  | {
      readonly kind: 'delivered'
      /** Items that the collector did not take, and why; a reason alone is a warning. */
      readonly rejected?: number
      readonly reason?: string
      /** The collector may have it twice: a first attempt, at once tried again, had no answer. */
      readonly unsure?: boolean
    }
  | {
      readonly kind: 'retry'
      readonly reason: string
      /** `error.type`. */
      readonly error: string
      /** Not before so many milliseconds, where the server said so. */
      readonly after?: number | undefined
      /** The collector may have taken it all the same. */
      readonly unsure?: boolean
    }
  /** For good. */
  | { readonly kind: 'refused'; readonly reason: string; readonly error: string }

/** What the second of two attempts, one right after the other, came to. */
export function second(first: Outcome, next: Outcome): Outcome {
  const unsure = first.kind === 'retry' && first.unsure === true
  return unsure && next.kind !== 'refused' ? { ...next, unsure } : next
}

export interface Transport {
  /** Is there a connection? */
  readonly connected: boolean
  send(body: Uint8Array, content: Content): Promise<Outcome>
}
