/** One measured value. */
export interface Sample {
  readonly subject: string
  readonly scenario: string
  readonly metric: string
  readonly unit: string
  readonly round: number
  readonly value: number
}

/** What `--json` writes. */
export interface Result {
  readonly bench: string
  readonly node: string
  /** ISO 8601, of the end of the run. */
  readonly date: string
  /** How many cores of which kind: `2 × AMD EPYC`. */
  readonly cpu?: string
  readonly rows: readonly Row[]
}

/** One line of it. */
export interface Row {
  readonly subject: string
  readonly scenario: string
  readonly metric: string
  readonly unit: string
  readonly min: number
  readonly median: number
  readonly max: number
  /** Of the medians, to `bare` in the same scenario and metric; null where there is no such value, or it is 0. */
  readonly ratio: number | null
}

const BARE = 'bare'

/** What every sample of one subject and scenario has in common, so that only values are said. */
export type Recorder = (metric: string, unit: string, value: number) => void

export function recorder(samples: Sample[], subject: string, scenario: string, round: number): Recorder {
  return (metric, unit, value) => {
    samples.push({ subject, scenario, metric, unit, round, value })
  }
}

/**
 * A metric's difference to bare Node as samples of a metric of its own, paired by round: what the machine did
 * meanwhile is in both.
 */
export function overBare(samples: readonly Sample[], metric: string, name: string): Sample[] {
  const chosen = samples.filter((sample) => sample.metric === metric)
  return chosen
    .filter(({ subject }) => subject !== BARE)
    .flatMap((sample) => {
      const { scenario, round } = sample
      const bare = chosen.find(
        (other) => other.subject === BARE && other.scenario === scenario && other.round === round,
      )
      return bare ? [{ ...sample, metric: name, value: sample.value - bare.value }] : []
    })
}

/** One row for each subject, scenario and metric, in the order of first appearance. */
export function toRows(samples: readonly Sample[]): Row[] {
  const groups = Map.groupBy(samples, keyOf)
  const bare = new Map<string, number>()
  for (const [key, group] of groups) if (group[0]!.subject === BARE) bare.set(key, median(group.map(valueOf)))
  return [...groups.values()].map((group) => {
    const { subject, scenario, metric, unit } = group[0]!
    const values = group.map(valueOf)
    const middle = median(values)
    const base = bare.get(keyOf({ ...group[0]!, subject: BARE }))
    return {
      subject,
      scenario,
      metric,
      unit,
      min: rounded(Math.min(...values)),
      median: rounded(middle),
      max: rounded(Math.max(...values)),
      ratio: base ? rounded(middle / base) : null,
    }
  })
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** The value that `share` of all values do not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

const keyOf = ({ subject, scenario, metric }: Sample): string => JSON.stringify([subject, scenario, metric])
const valueOf = ({ value }: Sample): number => value
const rounded = (value: number): number => Math.round(value * 1000) / 1000
