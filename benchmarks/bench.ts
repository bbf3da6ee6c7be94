import type { Sample } from './stats.ts'

export interface Bench {
  /** How often each subject is measured, unless `--rounds` says otherwise. */
  readonly rounds: number
  /** @throws Error when there is nothing to compare with: bare Node or Waybill itself could not be measured */
  run(request: BenchRequest): Promise<BenchResult>
}

export interface BenchRequest {
  /** Keys of `PEERS`. */
  readonly peers: readonly string[]
  readonly rounds: number
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
