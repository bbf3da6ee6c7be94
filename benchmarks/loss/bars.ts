import type { Sample } from '../stats.ts'
import { SCENARIOS } from './scenarios.ts'

/** Milliseconds that a process may need to end while the collector is dead. */
const EXIT = 1000
const SIGTERM = 'SIGTERM while a server listens'

/** What Waybill promises, and what this run says to it: a promise is kept when it was in every round. */
export function judgeLoss(samples: readonly Sample[]): string[] {
  const own = samples.filter(({ subject }) => subject === 'waybill')
  const names = [...new Set(own.map(({ scenario }) => scenario))]
  const bounded = names.filter((name) =>
    SCENARIOS.some((it) => it.bounded && name.startsWith(`${it.name}, `)),
  )
  const each = (name: string, metric: string): number[] =>
    own.filter((sample) => sample.scenario === name && sample.metric === metric).map(({ value }) => value)
  const lost = (name: string): number => Math.max(...each(name, 'lost'))
  const uncounted = (name: string): number => {
    const counted = each(name, 'counted lost')
    return Math.max(...each(name, 'lost').map((value, round) => Math.abs(value - counted[round]!)))
  }
  const exits = (name: string): boolean => each(name, 'exit').length === each(name, 'lost').length
  const exit = (name: string): number => (exits(name) ? Math.max(...each(name, 'exit')) : Infinity)
  return [
    ...verdict(
      'nothing is lost',
      names.filter((name) => !bounded.includes(name)),
      (name) => lost(name) === 0,
      (name) => `${lost(name)} lost`,
    ),
    ...verdict(
      'what a full disk does not take is counted exactly',
      bounded,
      (name) => uncounted(name) === 0,
      (name) => `${uncounted(name)} of ${lost(name)} not counted, or counted without being lost`,
    ),
    ...verdict(
      `a process ends within ${EXIT} ms of its work while the collector is dead`,
      names.filter((name) => name.startsWith('natural exit')),
      (name) => exit(name) <= EXIT,
      (name) => `${Math.round(exit(name))} ms`,
    ),
    ...verdict(
      'SIGTERM ends a server that listens',
      names.filter((name) => name.startsWith(SIGTERM)),
      exits,
      () => 'it went on',
    ),
  ]
}

function verdict(
  promise: string,
  names: readonly string[],
  kept: (name: string) => boolean,
  says: (name: string) => string,
): string[] {
  if (names.length === 0) return []
  const broken = names.filter((name) => !kept(name))
  if (broken.length === 0) return [`${promise}: kept in ${names.length} scenarios`]
  const details = broken.map((name) => `${name}: ${says(name)}`).join('; ')
  return [`${promise}: NOT KEPT in ${broken.length} of ${names.length} scenarios (${details})`]
}
