// What patches pino, whoever hears of its loading: the preload does without upstream's base class.
import type { Logger } from '@opentelemetry/api'
import { guard } from '@waybill/core'
import { correlate, setCorrelation } from './correlate.ts'
import { LineFields, type FieldOptions } from './fields.ts'
import { lineSender } from './send.ts'

export { setCorrelation } from './correlate.ts'
export { NAME, VERSION } from './version.ts'

/** Versions of pino that are patched. */
export const PINO_VERSIONS = '>=7 <11'

export interface LineOptions extends FieldOptions {
  /** Each line is an OpenTelemetry log record too. @default false */
  sendLogs?: boolean
}

/**
 * Correlate the loggers of a copy of pino.
 *
 * @param exports what `require('pino')` gives, or the namespace of an import of it
 * @returns them as they were: the app sees the very function that pino exports
 */
export function patchPino<T>(exports: T): T {
  const pino = typeof exports === 'function' ? exports : (exports as { default?: unknown }).default
  // An app may have put something else in its place.
  if (typeof pino === 'function') guard('pino', () => correlate(anyLogger(pino as MakeLogger)), undefined)
  return exports
}

/**
 * Set how the lines of all correlated loggers are completed, and whether they are sent.
 *
 * @param getLogger asked for each record
 */
export function configureLines(options: LineOptions, getLogger: () => Logger): void {
  const send = options.sendLogs ? lineSender(getLogger) : undefined
  setCorrelation({ fields: new LineFields(options), send })
}

type MakeLogger = (options: object, destination: object) => object

/** A logger that writes nothing and is thrown away: it leads to the prototype that all loggers share. */
function anyLogger(pino: MakeLogger): object {
  return pino({ level: 'silent' }, { write() {} })
}
