/** How a process that makes spans ends. */
export type End =
  /** It has nothing more to do. */
  | 'natural'
  | 'exit'
  | 'throw'
  | 'reject'
  /** Signals it gets from itself, without a handler of its own. */
  | 'SIGINT'
  | 'SIGHUP'
  /** It listens for HTTP requests until it gets SIGTERM, without a handler of its own. */
  | 'serve'

/** What one process does, from its first line on. */
export interface Plan {
  /** Spans in its first turn. */
  readonly burst?: number
  /** After that, spans a second, for so many seconds. */
  readonly pace?: { readonly perSecond: number; readonly seconds: number }
  /** Milliseconds in which it makes none, then. */
  readonly linger?: number
  readonly end: End
}
