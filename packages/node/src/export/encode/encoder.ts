import type { InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'

/** Takes records one by one and makes export requests of them. */
export interface Encoder<T> {
  /** Records since the last cut, and what they come to in bytes, where that is known yet. */
  readonly items: number
  readonly bytes: number
  /** @throws what cannot be encoded; the other records are not touched by it */
  add(record: T): void
  /** Take back the record that was added last. */
  undo(): void
  /** End the batch: what is added from now on belongs to the next one. */
  cut(): Cut
}

/** A batch that only lacks its resource, whose attributes may still be on their way. */
export interface Cut {
  readonly items: number
  readonly bytes: number
  /** The export request; more than one where it had to be split to be small enough. */
  requests(): Request[]
}

export interface Request {
  /** The buffer is theirs alone, so that it can be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly items: number
}

/** What spans and log records have in common. */
export interface Recorded {
  readonly resource: Resource
  readonly instrumentationScope: Scope
}

export type Scope = InstrumentationScope & {
  readonly attributes?: object
  readonly droppedAttributesCount?: number
}

/** Bytes of one request at which it is cut: far below the 4 MiB that a gRPC collector takes by default. */
export const MAX_REQUEST_BYTES: number = 1024 * 1024
