/** `null`: not set, though the base has it. `$HTTP` and `$GRPC` are the receiver's URLs, `$PORT` is a free port. */
export type CaseEnv = Readonly<Record<string, string | null>>
export type Cases = Readonly<Record<string, CaseEnv>>

/** What one side did with a case, as far as two runs of the same side are equal. */
export type Observed = Readonly<Record<string, unknown>>

/** Both sides of a case, and what Waybill has said. */
export interface Result {
  readonly upstream: Observed
  readonly waybill: Observed
  readonly said: readonly string[]
}

/** A difference that is meant. */
export interface Difference {
  /** Where, in the flattened paths of `Observed`. */
  readonly path: RegExp
  /** Names of cases, each of which must have it. By default any, and at least one. */
  readonly cases?: readonly string[]
  readonly reason: string
}
