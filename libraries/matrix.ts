// Runs every case on several Nodes against the built packages, and writes libraries/matrix.json, from which
// docs/reference/libraries.md is made. `--nodes 22.15.0,22,24,26`: versions (npm's `node@…`, kept in a cache folder
// outside of the workspace), or paths of programs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expected } from './src/judge.ts'
import { MATRIX_FILE, type Matrix } from './src/matrix.ts'
import { JOBS, runAll } from './src/run-all.ts'

const { nodes } = parseArgs({ options: { nodes: { type: 'string', default: '22.15.0,22,24,26' } } }).values
const matrix: Matrix = {}
let failed = false

for (const wanted of nodes.split(',')) {
  const node = wanted.includes('/') ? wanted : installed(wanted)
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1)
  const results: Record<string, 'yes' | 'no'> = {}
  await runAll(
    ({ name, one }, verdict) => {
      const passed = isDeepStrictEqual(verdict, expected(one))
      results[name] = passed ? 'yes' : 'no'
      if (passed) return
      failed = true
      console.error(`Node ${version}: ${name}`, verdict)
    },
    { node, built: true },
  )
  matrix[version] = Object.fromEntries(JOBS.map(({ name }) => [name, results[name]!]))
  console.log(
    `Node ${version}: ${Object.values(results).filter((one) => one === 'yes').length} of ${JOBS.length}`,
  )
}

const before = existsSync(MATRIX_FILE) ? (JSON.parse(readFileSync(MATRIX_FILE, 'utf8')) as Matrix) : {}
const all = Object.entries({ ...before, ...matrix }).toSorted(([a], [b]) =>
  a.localeCompare(b, 'en', { numeric: true }),
)
writeFileSync(MATRIX_FILE, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`)
process.exitCode = failed ? 1 : 0

/** npm's `node@version` has the program in it. */
function installed(version: string): string {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'waybill/nodes', version)
  const program = join(folder, 'node_modules/.bin/node')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], {
    cwd: folder,
    stdio: 'inherit',
  })
  return program
}
