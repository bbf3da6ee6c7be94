import type { Imports } from '../program.ts'

/** Nasty things an app does with a library; what it sees of them is the same with and without Waybill. */
export interface Page {
  /** Unique; the service name of its telemetry. */
  readonly name: string
  readonly imports: Imports
  /** In behaviour/. */
  readonly file: string
  /** What it exports. @default 'run' */
  readonly run?: string
  /** The folder it runs in. @default '.' */
  readonly folder?: string
  /** It leaves no span: logs only, or off by default. */
  readonly silent?: true
  /** Lines that may differ, and why. One that does not differ any more is taken out. */
  readonly differs?: readonly Differs[]
}

export interface Differs {
  readonly line: RegExp
  readonly reason: string
}

/** Functions that upstream's instrumentation replaces are called what it calls them. */
export const WRAPPED: Differs = {
  line: /^. shapes?( of [^:]+)?: /,
  reason: 'name, length and own keys of functions that an instrumentation wraps',
}
