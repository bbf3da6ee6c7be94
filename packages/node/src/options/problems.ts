// What is wrong with the configuration, in lines for people. Read only where something is wrong, or may be.
import type { Code } from '@waybill/core'
import { report, say } from '@waybill/core/report'
import { nearest } from '../integrations/nearest.ts'
import { INTEGRATIONS } from '../integrations/table.ts'
import { misspelt } from './misspelt.ts'
import type { Problem } from './reader.ts'
import { shown } from './shown.ts'
import type { Row } from './table.ts'

export interface Line {
  readonly code: Code
  readonly text: string
}

interface Found {
  readonly problems: readonly Problem[]
  readonly unasked: ReadonlyMap<string, string>
}

/** `EX_CONFIG` of sysexits.h. */
export const EXIT_CODE = 78

/** More lines help nobody. */
const MOST = 50

/** Say each problem in one line. `strict`: then end the process, before the app's code runs. */
export function tellProblems(found: Found, strict: boolean): void {
  const lines = describe(found)
  for (const { code, text } of lines.slice(0, MOST)) report(code, text)
  if (lines.length > MOST) say(`and ${lines.length - MOST} more problems of the configuration.`)
  if (!strict || lines.length === 0) return
  const count = lines.length === 1 ? 'the problem' : `the ${lines.length} problems`
  say(`WAYBILL_STRICT=true: the process ends because of ${count} above, with exit code ${EXIT_CODE}.`)
  process.exit(EXIT_CODE)
}

/** One line for each problem; what several signals read from one variable is one problem. */
export function describe({ problems, unasked }: Found): Line[] {
  const lines = new Map<string, Line>()
  for (const problem of problems) {
    const key = `${problem.given.from}\0${problem.given.text}\0${problem.wrong.is}`
    if (!lines.has(key)) lines.set(key, { code: problem.code, text: lineOf(problem) })
  }
  for (const name of unasked.keys()) {
    const text = misspelt(name)
    if (text !== undefined) lines.set(name, { code: 'WAYBILL_UNKNOWN_VARIABLE', text })
  }
  return [...lines.values()]
}

function lineOf({ given, wrong, row, used }: Problem): string {
  const value = wrong.is === 'option' ? '' : shown(given, row)
  const hidden = given.text === '' ? given.from : `${given.from} (its value is not shown)`
  const subject = value === undefined ? hidden : value === '' ? given.from : `${given.from}=${value}`
  const sentence = SENTENCES[wrong.is]?.(row) ?? wrong.is
  const near = row && value !== undefined ? nearestValue(given.text, wrong.is, row) : undefined
  return [
    `${subject} ${sentence}.`,
    near !== undefined && `Nearest: ${near}.`,
    `Used instead: ${used === undefined || used === null ? 'the default' : usedText(used)}.`,
  ]
    .filter((part) => part !== false)
    .join(' ')
}

/** How a value can be wrong, by the key that the readers give. Any other key is a sentence by itself. */
const SENTENCES: Readonly<Record<string, (row: Row | undefined) => string>> = {
  boolean: () => 'is neither true nor false',
  number: () => 'is not a number',
  whole: () => 'is not a whole number',
  range: (row) => `is not ${rangeOf(row)}`,
  choice: (row) => `is unknown; known are ${row?.allowed?.join(', ')}`,
  name: (row) => `is unknown here; known are ${row?.allowed?.join(', ')}, none`,
  none: () => 'has none beside others: none alone means none, and so it is taken',
  instrumentation: () => 'names no instrumentation',
  'no instrumentation': () => 'names no instrumentation of docs/reference/libraries.md',
  option: (row) => `is no option of ${row?.env}; known are ${row?.allowed?.join(', ')}`,
  list: () => 'is no list',
  url: () => 'is not a URL like http://host:4317',
  'no scheme': () =>
    'names no scheme: http:// is taken for localhost, private addresses and names without a dot, https:// for others',
  header: () => 'has a pair that is not name=value with percent-encoding; it is left out',
  'no tls': () => 'is of no use: the endpoint is not https://',
  file: () => 'is not a file that can be read',
  half: () => 'is of no use alone: a client certificate and its key belong together',
  queue: () => 'is more than the queue holds',
  interval: () => 'is longer than the interval',
  attributes: () =>
    'has a pair that is not name=value with percent-encoding; the specification leaves out all then',
  'unused argument': () =>
    'is of no use: the sampler takes no argument, as OTEL_TRACES_SAMPLER=parentbased_traceidratio does',
  'jaeger argument': () => 'is none of endpoint=…, pollingIntervalMs=…, initialSamplingRate=…',
}

function rangeOf(row: Row | undefined): string {
  return row?.max === undefined ? `${row?.min ?? 0} or more` : `from ${row.min ?? 0} to ${row.max}`
}

function usedText(used: unknown): string {
  if (Array.isArray(used)) return used.length === 0 ? 'none' : used.join(',')
  return String(used)
}

/** What was probably meant. */
function nearestValue(text: string, is: string, row: Row): string | undefined {
  const lower = text.toLowerCase()
  switch (is) {
    case 'boolean':
      if (/^(?:1|yes|y|on|t|tru|ture|treu|enabled?)$/.test(lower)) return 'true'
      return /^(?:0|no|n|off|f|fals|flase|disabled?)$/.test(lower) ? 'false' : undefined
    case 'number':
    case 'whole':
    case 'range':
      return nearestNumber(lower, row)
    case 'choice':
    case 'name':
      return SYNONYMS[lower] !== undefined && row.allowed?.includes(SYNONYMS[lower])
        ? SYNONYMS[lower]
        : nearest(text, row.allowed ?? [])[0]
    case 'option':
      return nearest(text, row.allowed ?? [])[0]
    case 'instrumentation':
      return (
        nearest(
          text,
          INTEGRATIONS.map(({ name }) => name),
        ).join(' or ') || undefined
      )
    case 'url':
      return nearestUrl(text)
    default:
      return undefined
  }
}

/** `5s` is 5000 milliseconds, `50%` a half; what is out of range is its end. */
function nearestNumber(text: string, row: Row): string | undefined {
  const [, digits, unit = ''] = /^([+-]?\d[\d_]*(?:\.\d+)?)\s*([a-z%]*)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  let value = Number(digits.replaceAll('_', '')) * (UNITS[unit] ?? Number.NaN)
  if (!Number.isFinite(value)) return undefined
  if (!row.fraction) value = Math.round(value)
  return String(Math.min(row.max ?? Number.MAX_SAFE_INTEGER, Math.max(row.min ?? 0, value)))
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  '%': 0.01,
  k: 1024,
  kb: 1024,
  kib: 1024,
  mb: 1_048_576,
  mib: 1_048_576,
  gb: 1_073_741_824,
}

/** Other names of the same thing, and what came in its place. */
const SYNONYMS: Readonly<Record<string, string>> = {
  http: 'http/protobuf',
  https: 'http/protobuf',
  protobuf: 'http/protobuf',
  'http/proto': 'http/protobuf',
  http_protobuf: 'http/protobuf',
  json: 'http/json',
  http_json: 'http/json',
  on: 'always_on',
  off: 'always_off',
  ratio: 'traceidratio',
  traceid_ratio: 'traceidratio',
  traceidratiobased: 'traceidratio',
  trace_id_ratio_based: 'traceidratio',
  probability: 'traceidratio',
  jaeger: 'otlp',
  logging: 'console',
  stdout: 'console',
  zip: 'gzip',
  w3c: 'tracecontext',
  b3single: 'b3',
  'b3-multi': 'b3multi',
  b3_multi: 'b3multi',
  trace: 'verbose',
  warning: 'warn',
  uuid: 'uuidv7',
  v7: 'uuidv7',
  low_memory: 'lowmemory',
  exponential: 'base2_exponential_bucket_histogram',
  service: 'serviceinstance',
}

function nearestUrl(text: string): string | undefined {
  const fixed = text
    .replace(/^(?:htp|htpp|hhtp|http|grpc|tcp|otlp)(?::\/+|:(?!\/)|\/\/)/i, 'http://')
    .replace(/^(?:htps|htpps|hhtps|https|grpcs)(?::\/+|:(?!\/)|\/\/)/i, 'https://')
  return fixed !== text && /^https?:\/\/[\w.-]+(?::\d{1,5})?$/.test(fixed) && URL.canParse(fixed)
    ? fixed
    : undefined
}
