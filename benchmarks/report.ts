// The figures of README.md and docs/guide/benchmarks.md, from the JSON of the runs. Pure: text comes out.
import { reportExport } from './export/report.ts'
import { reportLoss, reportScenarios } from './loss/report.ts'
import { reportRequest } from './request/report.ts'
import { reportStartup } from './startup/report.ts'
import type { Result, Row } from './stats.ts'

/** What can stand between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`: the benchmark it is from, and how. */
const SECTIONS: Readonly<Record<string, readonly [bench: string, write: (result: Result) => string]>> = {
  startup: ['startup', reportStartup],
  request: ['request', reportRequest],
  export: ['export', reportExport],
  loss: ['loss', reportLoss],
  'loss-scenarios': ['loss', reportScenarios],
}

/**
 * A page with all that stands between such marks replaced.
 *
 * @param results by the name of the benchmark; where one is missing its section says how to get it
 * @throws Error for marks that name no section, or do not end
 */
export function fillIn(page: string, results: ReadonlyMap<string, Result>): string {
  return page.replaceAll(
    /<!-- bench:(\S+) -->[^]*?(?:<!-- \/bench:\1 -->|$)/g,
    (old: string, name: string) => {
      const section = Object.hasOwn(SECTIONS, name) ? SECTIONS[name] : undefined
      if (!section) throw new Error(`no section ${name}; known are ${Object.keys(SECTIONS).join(', ')}`)
      const end = `<!-- /bench:${name} -->`
      if (!old.endsWith(end)) throw new Error(`<!-- bench:${name} --> does not end`)
      const [bench, write] = section
      const result = results.get(bench)
      const text = result ? write(result) : `Not measured yet: \`npm run bench -- ${bench}\`.`
      return `<!-- bench:${name} -->\n\n${text}\n\n${end}`
    },
  )
}

/**
 * @param json what `npm run bench -- NAME --json FILE` wrote
 * @throws Error where it is something else
 */
export function readResult(json: string, bench: string): Result {
  const result = JSON.parse(json) as Result
  if (result.bench !== bench) throw new Error(`it is no result of ${bench}`)
  if (!Array.isArray(result.rows) || result.rows.length === 0 || !result.rows.every(isRow))
    throw new Error('its rows are not those of a benchmark')
  if (typeof result.node !== 'string' || Number.isNaN(Date.parse(result.date)))
    throw new Error('it does not say its Node or its date')
  return result
}

const isRow = ({ subject, scenario, metric, min, median, max }: Row): boolean =>
  [subject, scenario, metric].every((text) => typeof text === 'string') &&
  [min, median, max].every(Number.isFinite)
