import type { Protocol } from '../collector/listen.ts'
import type { Measured, Scenario } from '../interleave.ts'
import { bareSdk, type Subject } from '../subjects.ts'
import { mostWithoutLoss } from './most.ts'
import { makeSpans, type Figures, type Load, type Way } from './run.ts'

export const DELAY = 'delay p99'
export const SHARE = 'delivered'
export const MAIN_CPU = 'main cpu a span'
/** The exporter's part of it. */
export const EXPORT_CPU = 'export cpu a span'
export const MOST_RATE = 'rate'

const RATES = [1000, 5000, 20_000]
const WAYS: readonly Way[] = (['grpc', 'http'] as Protocol[]).flatMap((protocol) =>
  [0, 100].map((latency) => ({ protocol, latency })),
)
/** In seconds. */
const WARM_UP = 2
const WINDOW = 4

/** @param folderOf where a subject is installed */
export function scenarios(rounds: number, folderOf: (subject: Subject) => string): Scenario[] {
  const run = (subject: Subject, way: Way, load: Load): Promise<Figures> =>
    makeSpans(subject, folderOf(subject), way, load)
  const steady = RATES.flatMap((perSecond) =>
    WAYS.map((way) => ({
      name: `${perSecond} spans/s${nameOf(way)}`,
      rounds,
      warmUp: false,
      async measure(subject: Subject) {
        const warmUp = { perSecond, seconds: WARM_UP }
        return measured(await run(subject, way, { perSecond, warmUp, window: WINDOW }))
      },
    })),
  )
  const most = WAYS.map((way) => ({
    name: `most without loss${nameOf(way)}`,
    // A search is many runs.
    rounds: Math.ceil(rounds / 3),
    warmUp: false,
    async measure(subject: Subject): Promise<Measured> {
      const rate = await mostWithoutLoss(async (perSecond) => {
        const warmUp = { perSecond: RATES[0]!, seconds: WARM_UP }
        const figures = await run(subject, way, { perSecond, warmUp, window: WINDOW })
        // Without an exporter nothing is lost on the way.
        return subject === bareSdk ? { rate: figures.made, lost: 0 } : figures
      })
      return [[MOST_RATE, '/s', rate]]
    },
  }))
  return [...steady, ...most]
}

function measured({ accepted, share, delay: [p50, p99, max], cpu, mainCpu }: Figures): Measured {
  return [
    ['accepted', '/s', accepted],
    [SHARE, '%', share * 100],
    ['delay p50', 'ms', p50],
    [DELAY, 'ms', p99],
    ['delay max', 'ms', max],
    ['cpu a span', 'µs', cpu],
    ...(mainCpu === undefined ? [] : [[MAIN_CPU, 'µs', mainCpu] as const]),
  ]
}

const nameOf = ({ protocol, latency }: Way): string => `, ${protocol}, ${latency} ms`
