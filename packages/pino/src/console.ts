import { guard, OPERATION_ID } from '@waybill/core'
import { pino, type DestinationStream } from 'pino'
import { currentCorrelation } from './correlate.ts'

/** A destination that makes a readable line of each JSON line and passes it on to `out`. */
export function consoleStream(out: DestinationStream & { flushSync?: () => void }): DestinationStream {
  return {
    write: (line) => out.write(guard('console line', () => readable(line), line)),
    // pino calls it after a fatal line.
    flushSync: () => out.flushSync?.(),
  } as DestinationStream
}

/** `HH:MM:SS.mmm LEVEL [operation] [module] message key=value`, an error's stack indented below. */
export function readable(line: string): string {
  const fields = parse(line)
  if (fields === undefined) return `${escape(line.trimEnd())}\n`
  const { time, level, module, msg, err, ...rest } = fields
  const words = [clock(time), levelName(level)]
  const work = rest[ours(OPERATION_ID)] ?? rest[ours('trace_id')]
  if (work !== undefined) words.push(`[${plain(work)}]`)
  if (module !== undefined) words.push(`[${plain(module)}]`)
  if (msg !== undefined) words.push(plain(msg))
  for (const name of [...HIDDEN, ...IDS.map(ours)]) delete rest[name]
  for (const [key, value] of Object.entries(rest)) words.push(`${escape(key)}=${show(value)}`)
  return `${words.join(' ')}\n${showError(err)}`
}

/** The same in all lines of a process, or of use to programs only. */
const HIDDEN = ['pid', 'hostname', 'service', 'environment']
const IDS = [OPERATION_ID, 'trace_id', 'span_id', 'trace_flags']

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function clock(time: unknown): string {
  const date = new Date(typeof time === 'number' || typeof time === 'string' ? time : Date.now())
  if (Number.isNaN(date.getTime())) return escape(String(time))
  const two = (part: number): string => String(part).padStart(2, '0')
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}

function levelName(level: unknown): string {
  return escape(pino.levels.labels[level as number] ?? String(level))
    .toUpperCase()
    .padEnd(5)
}

/** The name that a field of ours has in the line; one that is left out has no name that a line could have. */
function ours(field: string): string {
  return currentCorrelation()?.fields.nameOf(field) || field
}

function plain(value: unknown): string {
  return escape(typeof value === 'string' ? value : JSON.stringify(value))
}

function show(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value
  return escape(JSON.stringify(value))
}

function showError(error: unknown): string {
  if (error === undefined || error === null) return ''
  const { stack, message } = error as { stack?: unknown; message?: unknown }
  const text =
    typeof stack === 'string' ? stack : typeof message === 'string' ? message : JSON.stringify(error)
  return text
    .split('\n')
    .map((row) => `    ${escape(row.trim())}\n`)
    .join('')
}

/** Control characters and those that turn the direction of text are written out: a value cannot forge a line. */
function escape(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const SHORT: Readonly<Record<string, string | undefined>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
