import { rotated } from '../bench.ts'
import { recorder, type Sample } from '../stats.ts'
import type { Subject } from '../subjects.ts'

export type Measured = readonly (readonly [metric: string, unit: string, value: number])[]

export interface Scenario {
  readonly name: string
  readonly rounds: number
  readonly measure: (subject: Subject) => Promise<Measured>
}

/**
 * A warm-up that counts nothing, then the rounds, the subjects one after another in each.
 *
 * @param notes gets a line for each peer that failed; it is left out of the rest
 * @throws Error when bare Node or Waybill fails
 */
export async function interleave(
  { name, rounds, measure }: Scenario,
  subjects: readonly Subject[],
  progress: (line: string) => void,
  notes: string[],
): Promise<Sample[]> {
  const samples: Sample[] = []
  let left = [...subjects]
  for (let round = -1; round < rounds; round++) {
    progress(`${name}: ${round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`}`)
    for (const subject of rotated(left, Math.max(round, 0))) {
      try {
        const record = recorder(samples, subject.name, name, round)
        for (const [metric, unit, value] of await measure(subject)) {
          if (round >= 0) record(metric, unit, value)
        }
      } catch (error) {
        const message = `${subject.name} failed in "${name}": ${(error as Error).message}`
        if (['bare', 'waybill'].includes(subject.install)) throw new Error(message, { cause: error })
        notes.push(message)
        left = left.filter((other) => other !== subject)
      }
    }
  }
  return samples
}
