import type { Imports } from '../program.ts'

export type System = 'CommonJS' | 'ES module'

/** A library in the form that apps use it, and the spans that are to come of it. */
export interface Case {
  /** Unique; the service name of its telemetry. */
  readonly name: string
  /** The short name of the instrumentation it proves. */
  readonly integration: string
  /** What the documentation calls it. */
  readonly library: string
  readonly imports: Imports
  /** The body, in fixtures/. */
  readonly fixture: string
  /** The spans: kind, name, `[route]` and `!` for an error, indented below their parent. */
  readonly spans: string
  /** Every line on stdout is JSON with the ids of the server's span. */
  readonly ids?: true
  /** What it needs besides itself. Redis: where there is none, a stand-in takes its place. */
  readonly needs?: 'postgres' | 'kafka' | 'redis'
  readonly env?: Readonly<Record<string, string>>
  /** The folder it runs in. @default '.' */
  readonly folder?: string
  /** @default both */
  readonly systems?: readonly System[]
  /** For the documentation. */
  readonly note?: string
}

const BOTH: readonly System[] = ['CommonJS', 'ES module']

export const systemsOf = ({ systems = BOTH }: Case): readonly System[] => systems
