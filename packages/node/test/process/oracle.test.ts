import { CASES } from '../oracle/cases/index.ts'
import { differencesOf, judge } from '../oracle/compare.ts'
import { DIFFERENCES } from '../oracle/differences.ts'
import { runAll } from '../oracle/run.ts'
import { SAID } from '../oracle/said.ts'

// Every case runs under upstream's NodeSDK and under Waybill's preload, against a receiver of its own. What differs
// is in differences.ts, with its reason, or fails; what Waybill says of it is in said.ts.

test(
  'the same environment gives the same telemetry as upstream’s NodeSDK',
  async () => {
    const names = Object.keys(CASES)
    expect(names.length).toBeGreaterThanOrEqual(100)
    const results = await runAll(CASES)
    const found = names.flatMap((name) => {
      const { upstream, waybill } = results.get(name)!
      return differencesOf(name, upstream, waybill)
    })
    expect(judge(found, DIFFERENCES, names)).toEqual({ unexplained: [], stale: [] })
    const said = [...results].filter(([, result]) => result.said.length > 0)
    expect(Object.fromEntries(said.map(([name, result]) => [name, result.said]))).toEqual(SAID)
  },
  // Under a minute on two cores with nothing else to do.
  300_000,
)
