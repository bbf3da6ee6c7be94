import type { Behaviour } from '../../../../benchmarks/collector/behaviour.ts'
import type { Collector } from '../../../../benchmarks/collector/collector.ts'

/** What may happen to a collector for a while. */
type Spell = (random: () => number) => Behaviour | 'down' | 'restart'

/** What is taken comes again: the one fault that must be counted when all is well in the end. */
const LOSE: Spell = () => ({ latency: 0, fault: 'lose' })
const SPELLS: readonly Spell[] = [
  () => ({ latency: 0 }),
  () => 'down',
  () => 'restart',
  () => ({ latency: 0, fault: 'refuse' }),
  () => ({ latency: 0, fault: 'reset' }),
  () => ({ latency: 0, fault: 'stall' }),
  () => ({ latency: 0, fault: 'half' }),
  LOSE,
  (random) => ({ latency: 20 + random() * 400 }),
  (random) => ({ latency: 0, slow: 50 + random() * 500 }),
]

/**
 * All of them, and again, in an order that chance decides, until `ms` milliseconds have passed; after that the collector is there, and answers.
 *
 * @param random from 0 to 1; the same numbers give the same weather
 */
export async function weather(collector: Collector, random: () => number, ms: number): Promise<void> {
  const end = performance.now() + ms
  // Before the first pause of the exporter, so that it meets it for certain.
  let turn: Spell[] = [LOSE]
  while (performance.now() < end) {
    if (turn.length === 0) turn = [...SPELLS]
    const [drawn] = turn.splice(Math.floor(random() * turn.length), 1)
    const spell = drawn!(random)
    // Now and then for longer than what waits is kept in memory.
    const length = random() < 0.05 ? 5000 : 300 + random() * 500
    if (spell === 'down' || spell === 'restart') await collector.down()
    else await collector.behave(spell)
    await pause(Math.min(spell === 'restart' ? 30 : length, end - performance.now()))
    await collector.behave({ latency: 0 })
    await collector.up()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
