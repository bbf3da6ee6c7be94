import { writeSync } from 'node:fs'
import type { Code } from './errors.ts'

const MAX_LINE = 500
const MAX_KEYS = 1000
const shared = globalThis as { [REPORTED]?: Set<string> }
const REPORTED = Symbol.for('waybill.reported')

/**
 * Say one problem in one line on stderr: `waybill: CODE: message`.
 *
 * @param key what makes this problem the same as an earlier one; the same key is said once a process.
 *   Defaults to the message.
 */
export function report(code: Code, message: string, key: string = message): void {
  const said = (shared[REPORTED] ??= new Set())
  if (said.has(`${code} ${key}`) || said.size >= MAX_KEYS) return
  said.add(`${code} ${key}`)
  say(`${code}: ${message}`)
}

/** One line on stderr. Control characters are replaced: a value from outside must not forge lines. */
export function say(text: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '�')
  try {
    // Synchronous, so that a line said while the process ends is still seen.
    writeSync(2, `waybill: ${line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line}\n`)
  } catch {
    // stderr is closed or full: there is no other place to say it, and the app must not notice.
  }
}
