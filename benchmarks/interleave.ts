import { rotated } from './bench.ts'
import { recorder, type Sample } from './stats.ts'
import type { Subject } from './subjects.ts'

export type Measured = readonly (readonly [metric: string, unit: string, value: number])[]

export interface Scenario {
  readonly name: string
  readonly rounds: number
  /** A round before the first that counts nothing. */
  readonly warmUp: boolean
  readonly measure: (subject: Subject) => Promise<Measured>
}

/**
 * The rounds of a scenario, the subjects one after another in each.
 *
 * @param notes gets a line for each peer that failed; it is left out of the rest
 * @throws Error when bare Node or Waybill fails
 */
export async function interleave(
  { name, rounds, warmUp, measure }: Scenario,
  subjects: readonly Subject[],
  progress: (line: string) => void,
  notes: string[],
): Promise<Sample[]> {
  const samples: Sample[] = []
  let left = [...subjects]
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    const which = round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`
    for (const subject of rotated(left, Math.max(round, 0))) {
      progress(`${name}: ${which}, ${subject.name}`)
      try {
        const record = recorder(samples, subject.name, name, round)
        for (const [metric, unit, value] of await measure(subject)) {
          if (round >= 0) record(metric, unit, value)
        }
      } catch (error) {
        const message = `${subject.name} failed in "${name}": ${(error as Error).message}`
        if (['bare', 'sdk', 'waybill'].includes(subject.install)) throw new Error(message, { cause: error })
        notes.push(message)
        left = left.filter((other) => other !== subject)
      }
    }
  }
  return samples
}
