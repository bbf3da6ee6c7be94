// Writes the figures of the benchmarks into the pages that show them, from benchmarks/results/*.json. `--check` writes
// nothing and fails where a page is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { BENCHES } from '../benchmarks/command.ts'
import { fillIn, readResult } from '../benchmarks/report.ts'
import type { Result } from '../benchmarks/stats.ts'

const ROOT = new URL('../', import.meta.url)
const PAGES = ['README.md', 'docs/guide/benchmarks.md']

const results = new Map<string, Result>()
for (const bench of Object.keys(BENCHES)) {
  const file = `benchmarks/results/${bench}.json`
  let json: string
  try {
    json = readFileSync(new URL(file, ROOT), 'utf8')
  } catch {
    // Never run: its section says so.
    continue
  }
  try {
    results.set(bench, readResult(json, bench))
  } catch (error) {
    fail(`${file}: ${(error as Error).message}`)
  }
}

for (const page of PAGES) {
  const there = readFileSync(new URL(page, ROOT), 'utf8')
  let filled: string
  try {
    filled = fillIn(there, results)
  } catch (error) {
    fail(`${page}: ${(error as Error).message}`)
  }
  if (filled === there) continue
  if (process.argv.includes('--check')) fail(`${page} is stale: npm run docs`)
  writeFileSync(new URL(page, ROOT), filled)
}

function fail(problem: string): never {
  console.error(problem)
  process.exit(1)
}
