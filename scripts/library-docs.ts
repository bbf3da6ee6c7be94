// Writes docs/reference/libraries.md from the cases that the tests run (libraries/src/cases.ts) and the table of
// integrations. `--check` writes nothing and fails where the page is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { CASES, systemsOf, type Case } from '../libraries/src/cases.ts'
import { KNOWN, NOT_MADE } from '../libraries/src/differences.ts'
import { MATRIX_FILE, type Matrix } from '../libraries/src/matrix.ts'
import { PAGES } from '../libraries/src/pages.ts'
import { dedent } from '../libraries/src/draw.ts'
import { INTEGRATIONS } from '../packages/node/src/integrations/table.ts'
import { table } from './markdown.ts'

const PAGE = new URL('../docs/reference/libraries.md', import.meta.url)

/** Why there is no case. Every integration has a case or a line here. */
const UNTESTED: Readonly<Record<string, string>> = {
  memcached: 'no server to be had',
  'cassandra-driver': 'no server to be had',
  tedious: 'no server to be had',
  oracledb: 'no server to be had',
  cucumber: 'a test runner, not part of an app',
  'runtime-node': 'metrics, no spans: tested with the exporter',
  'host-metrics': 'metrics, no spans; off unless named',
  router: 'off unless named: the routes of express are read without it',
  'connect-otel': "off unless named: upstream's, as it is",
  'dataloader-otel': "off unless named: upstream's, as it is",
  'graphql-otel': "off unless named: upstream's, as it is",
  'hapi-otel': "off unless named: upstream's, as it is",
  'knex-otel': "off unless named: upstream's, as it is",
  'http-otel': "off unless named: upstream's, as it is",
  'undici-otel': "off unless named: upstream's, as it is",
  'koa-otel': "off unless named: upstream's, as it is",
  'restify-otel': "off unless named: upstream's, as it is",
}

const matrix = JSON.parse(readFileSync(MATRIX_FILE, 'utf8')) as Matrix
const nodes = Object.keys(matrix)

const tested = new Set(CASES.map(({ integration }) => integration))
const names = INTEGRATIONS.map(({ name }) => name)
const problems = [
  ...[...tested]
    .filter((name) => !names.includes(name))
    .map((name) => `a case proves ${name}, which is none`),
  ...names
    .filter((name) => !tested.has(name) && !(name in UNTESTED))
    .map((name) => `${name} has no case, and no reason for that`),
  ...Object.keys(UNTESTED)
    .filter((name) => tested.has(name) || !names.includes(name))
    .map((name) => `${name} needs no reason to be untested`),
]

for (const node of nodes) {
  const run = Object.keys(matrix[node]!)
  const wanted = CASES.flatMap((one) => systemsOf(one).map((system) => `${one.name}, ${system}`))
  if (run.join() === wanted.join()) continue
  problems.push(`libraries/matrix.json knows other cases for Node ${node}: npm run test:libraries`)
}

const page = `# Libraries

This page is made by \`scripts/library-docs.ts\` from the table that the tests run (\`libraries/src/cases\`), and from \`libraries/matrix.json\`, which \`npm run test:libraries\` writes. Each row is an app of a few lines under \`node --require @waybill/node/register\`, judged by the spans that arrive over OTLP: as CommonJS / as an ES module.

The name in the first column is the one for \`OTEL_NODE_ENABLED_INSTRUMENTATIONS\` and \`OTEL_NODE_DISABLED_INSTRUMENTATIONS\`. A list of enabled ones replaces the default: only those are on. \`express-otel\` and its like are upstream's own instrumentations, with a span for each middleware or step, where Waybill's make fewer.

In the drawings a span stands below its parent, with its kind and name; \`[…]\` is its \`http.route\`, \`!\` an error.

${table([['instrumentation', 'library', ...nodes.map((node) => `Node ${node}`), ''], ...CASES.map(row)])}

## Spans

${CASES.map(drawing).join('\n\n')}

## What is not as upstream's

The spans of Node's HTTP, \`fetch\`, undici, pg, gRPC and express are those of \`@opentelemetry/auto-instrumentations-node/register\` in names, kinds, parents, status and attributes (\`libraries/test/process/differential.test.ts\`), but for these.

Not made:

${NOT_MADE.map(({ name, reason }) => `- \`${name.source}\`: ${reason}`).join('\n')}

Told otherwise:

${KNOWN.map(({ scenario, field, reason }) => `- \`${field}\`${scenario === undefined ? '' : ` (${scenario})`}: ${reason}`).join('\n')}

## What an app can notice

An app sees the same values, errors, identities, listeners, order of callbacks and exit code as without Waybill: \`libraries/behaviour\` has a page of nasty cases for each library, run bare and under the preload, and the two transcripts are equal. Besides what is asked for (headers, fields of log lines, listeners for what ends a process) these differences are known; those of a wrapped function are the work of upstream's instrumentations.

${PAGES.flatMap(({ name, differs = [] }) => differs.map(({ reason }) => `- ${name}: ${reason}`)).join('\n')}

## Their own tests

Run on Node 24.21.0 without and with the preload, spans on, from the packages as npm has them, which carry their tests:

| library        | without                      | with the preload             |
| -------------- | ---------------------------- | ---------------------------- |
| fastify 5.12.8 | 2416 pass, 0 fail, 5 skipped | 2416 pass, 0 fail, 5 skipped |
| pino 10.4.0    | 541 of 543                   | 541 of 543                   |

The two of pino need more time than the machine had, and a bundle that is not in the package. One test of pino lists every header of a response: it ran with \`WAYBILL_HTTP_RESPONSE_HEADERS=none\`. The packages of express and koa carry no tests: not run; \`libraries/behaviour\` stands for them.

## Not tested

These are on, or can be turned on, and are upstream's work; here nothing proves them.

${Object.entries(UNTESTED)
  .map(([name, reason]) => `- \`${name}\`: ${reason}`)
  .join('\n')}
`

function row(one: Case): string[] {
  const systems = systemsOf(one)
  return [
    `\`${one.integration}\``,
    one.library,
    ...nodes.map((node) =>
      systems.map((system) => matrix[node]![`${one.name}, ${system}`] ?? 'not run').join(' / '),
    ),
    one.note ?? '',
  ]
}

function drawing(one: Case): string {
  return `### ${one.library}\n\n\`\`\`\n${dedent(one.spans)}\n\`\`\``
}

if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exit(1)
}
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== page) {
    console.error('docs/reference/libraries.md is stale: node scripts/library-docs.ts')
    process.exit(1)
  }
} else {
  writeFileSync(PAGE, page)
}
