// Writes docs/reference/configuration.md from the table of options. `--check` writes nothing and fails where the
// page is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { ownVariable } from '../packages/node/src/options/endpoint.ts'
import { KNOWN, upperSnake } from '../packages/node/src/options/instrumentations.ts'
import { GROUPS, SENTENCES, type OptionName } from '../packages/node/src/options/sentences.ts'
import { OPTIONS, type Row } from '../packages/node/src/options/table.ts'
import { table } from './markdown.ts'

const PAGE = new URL('../docs/reference/configuration.md', import.meta.url)

const named = GROUPS.flatMap(({ options }) => options)
const problems = [
  ...(Object.keys(OPTIONS) as OptionName[])
    .filter((name) => !named.includes(name))
    .map((name) => `${name} is in no group of sentences.ts`),
  ...named.filter((name, index) => named.indexOf(name) !== index).map((name) => `${name} is in two groups`),
]

const page = `# Configuration

This page is made by \`scripts/option-docs.ts\` from the table that Waybill reads: \`packages/node/src/options/table.ts\`. [The guide](../guide/configuration.md) shows how to use it.

An empty variable is one that is not set. Names of choices are read in either case. A value that cannot be understood is said in one line ([problems](problems.md)), and the default is used. _file_ is the place below \`distribution.waybill\` in the file that \`OTEL_CONFIG_FILE\` names; the variable beats it.

Variables with _SIGNAL_ exist four times: \`${OPTIONS.endpoint.env}\` for all signals, and before it for one signal ${['traces', 'metrics', 'logs'].map((signal) => `\`${ownVariable(OPTIONS.endpoint, signal as 'traces')}\``).join(', ')}.

${GROUPS.map(({ title, options }) => `## ${title}\n\n${table([['variable', 'value', 'default', 'file', ''], ...options.map(row)])}`).join('\n\n')}

## Options of instrumentations

\`WAYBILL_INSTRUMENTATION_<NAME>_<OPTION>\`, or in the file \`distribution.waybill.instrumentations.options.<name>.<option>\`. Names are those of [libraries](libraries.md). Lists are separated by commas. Instrumentations that are not here take what their upstream documents, unchecked.

${table([['variable', 'value', 'in the file'], ...Object.entries(KNOWN).flatMap(([name, options]) => Object.entries(options).map(([option, kind]) => [`\`WAYBILL_INSTRUMENTATION_${upperSnake(name)}_${upperSnake(option)}\``, typeof kind === 'string' ? kind : code(kind), `\`${name}: ${nested(option)}\``]))])}
`

function row(name: OptionName): string[] {
  const option: Row = OPTIONS[name]
  const variables = [option.env, ...(option.also ?? [])].map((variable) => `\`${variable}\``)
  return [
    `${variables.join(', ')}${option.signals ? ' _SIGNAL_' : ''}`,
    valueText(option),
    defaultText(option),
    option.file === undefined ? '' : `\`${option.file}\``,
    SENTENCES[name],
  ]
}

function valueText({ kind, allowed, min, max }: Row): string {
  if (kind === 'choice') return code(allowed ?? [])
  if (kind === 'names') return `${code(allowed ?? [])}; several, or \`none\``
  if (kind === 'boolean') return '`true`, `false`'
  if (kind === 'number') return max === undefined ? `${min ?? 0} or more` : `${min ?? 0} to ${max}`
  return { text: 'text', list: 'list', url: 'URL', pairs: 'name=value, …', path: 'file' }[kind]
}

function defaultText({ default: value }: Row): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.length === 0 ? '`none`' : `\`${value.join(',')}\``
  return `\`${String(value)}\``
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

/** `a.b` → `{ a: { b: … } }` */
function nested(option: string): string {
  return option.split('.').reduceRight((inner, key) => `{ ${key}: ${inner} }`, '…')
}

if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exit(1)
}
if (process.argv.includes('--check')) {
  let there = ''
  try {
    there = readFileSync(PAGE, 'utf8')
  } catch {
    // Not there: stale.
  }
  if (there !== page) {
    console.error(
      'docs/reference/configuration.md is stale: node --conditions=@waybill/source scripts/option-docs.ts',
    )
    process.exit(1)
  }
} else {
  writeFileSync(PAGE, page)
}
