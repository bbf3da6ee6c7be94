import type { Sample } from './stats.ts'

export interface Bench {
  /** How often each subject is measured, unless `--rounds` says otherwise. */
  readonly rounds: number
  /** Keys of `PEERS`, unless `--peers` says otherwise. @default all */
  readonly peers?: readonly string[]
  /** Options that not every benchmark has. */
  readonly takes?: readonly ('scenario' | 'source')[]
  /** @throws Error when there is nothing to compare with: bare Node or Waybill itself could not be measured */
  run(request: BenchRequest): Promise<BenchResult>
}

export interface BenchRequest {
  /** Keys of `PEERS`. */
  readonly peers: readonly string[]
  readonly rounds: number
  /** Only scenarios with this in their name are run. */
  readonly scenario: string
  /** Waybill as it stands in the checkout, not packed and installed. */
  readonly source: boolean
  readonly progress: (line: string) => void
}

export interface BenchResult {
  readonly samples: readonly Sample[]
  /** What the reader of the table has to know: who was left out, what this machine could not do. */
  readonly notes: readonly string[]
}

/** `items`, beginning at another one in each round: no subject always runs behind the same neighbour. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const start = items.length === 0 ? 0 : round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
