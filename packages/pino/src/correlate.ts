import { tracingChannel } from 'node:diagnostics_channel'
import { context } from '@opentelemetry/api'
import { guard, report, reportInternal } from '@waybill/core'
import { LineFields } from './fields.ts'
import { findPrototype, findSymbols, type AsJson, type PinoInternals, type PinoSymbols } from './internals.ts'
import { insert, mayWrite, ownHeadReader, takenKeysReader, untaken } from './line.ts'
import type { SendLine } from './send.ts'

/** How lines are completed, for every copy of pino and of this package in the process. */
export interface Correlation {
  readonly fields: LineFields
  readonly send?: SendLine | undefined
}

/**
 * Let every logger of the copy of pino that made `logger` write the ids of the work it is called in; those made
 * before and later, parents and children. For apps without the preload, or with pino in a bundle. Doing it
 * again changes nothing.
 *
 * @returns the logger that was given
 */
export function correlate<T extends object>(logger: T): T {
  guard('pino correlate', () => patch(logger), undefined)
  return logger
}

/** Set how lines are completed; undefined leaves them as pino made them. */
export function setCorrelation(correlation: Correlation | undefined): void {
  shared.correlation = correlation ?? null
}

/** How lines are completed now: what was set, else the default. Undefined where it was turned off. */
export function currentCorrelation(): Correlation | undefined {
  if (shared.correlation === undefined) shared.correlation = { fields: new LineFields() }
  return shared.correlation ?? undefined
}

const STATE = Symbol.for('waybill.pino')
const PATCHED = Symbol.for('waybill.pino.patched')
const shared = ((globalThis as { [STATE]?: { correlation?: Correlation | null } })[STATE] ??= {})

function patch(logger: object): void {
  const symbols = findSymbols(logger)
  const prototype = symbols && findPrototype(logger, symbols)
  if (!symbols || typeof prototype?.[symbols.asJson] !== 'function') {
    report('WAYBILL_INTEGRATION_FAILED', 'correlate() was given what no pino of version 7 to 10 has made.')
    return
  }
  const original = prototype[symbols.asJson]!
  if (PATCHED in original) return
  prototype[symbols.asJson] = Object.assign(completed(original, symbols), { [PATCHED]: true })
}

/**
 * pino's `asJson`, with our fields in the line: behind the time, by giving the original a longer time. So the line
 * is made once, and nothing of it is copied or parsed. Only where it cannot be known before which keys the line
 * will have, or where someone looks at the line or the arguments, the fields are put into the finished line.
 */
function completed(original: AsJson, symbols: PinoSymbols): AsJson {
  const takenKeys = takenKeysReader(symbols)
  const isOwnHead = ownHeadReader(symbols)

  return function asJson(this: PinoInternals, merge, msg, level, time) {
    const correlation = currentCorrelation()
    if (correlation === undefined) return original.call(this, merge, msg, level, time)
    if (correlation.send === undefined && !observed.hasSubscribers) {
      const added = ahead(this, correlation.fields, merge, level, time)
      if (added !== undefined) return original.call(this, merge, msg, level, time + added)
    }
    const line = original.call(this, merge, msg, level, time)
    try {
      return afterwards(this, correlation, line, level, time)
    } catch (error) {
      reportInternal('pino line', error)
      return line
    }
  }

  /** What is to be added, where that can be known before there is a line. */
  function ahead(
    logger: PinoInternals,
    fields: LineFields,
    merge: unknown,
    level: number,
    time: string,
  ): string | undefined {
    try {
      const fragment = fields.fragment()
      // A formatter makes another object of the one that is here.
      if ((logger[FORMATTERS] as { log?: unknown }).log !== undefined) return undefined
      if (!isOwnHead(logger, fields, level, time)) return undefined
      // Under a nested key, the merge object's keys are not the line's.
      const clashes = mayWrite(merge, fields) && typeof logger[symbols.nestedKey] !== 'string'
      return untaken(fragment, takenKeys(logger, fields), clashes ? (merge as object) : undefined)
    } catch (error) {
      reportInternal('pino fields', error)
      return ''
    }
  }

  function afterwards(
    logger: PinoInternals,
    { fields, send }: Correlation,
    line: string,
    level: number,
    time: string,
  ): string {
    const ctx = context.active()
    send?.({ logger, symbols, line, level, ctx })
    const head = (logger[symbols.lsCache] as Record<number, string>)[level]! + time
    if (head === '{' || !line.startsWith(head)) return line
    return insert(line, head.length, fields.fragment(ctx), fields)
  }
}

const FORMATTERS = Symbol.for('pino.formatters')
/** Its subscribers are given the arguments. From pino 9.10 on. */
const observed = tracingChannel('pino_asJson')
