import type { TraceState } from '@opentelemetry/api'
import { W3CTraceState } from '../propagators/trace-state.ts'

// Consistent probability sampling: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
// A threshold, and the randomness it is compared with, are 56 bits. Both are kept as 14 lower-case hex digits,
// which compare as strings just as the numbers do.

export type Threshold = string

/** Rejects nothing. */
export const ALL: Threshold = '0'.repeat(14)

const DIGITS = 14
const WHOLE = 1n << 56n
/** Significant digits: what the specification recommends. Small ratios get as many more as they have leading `f`. */
const PRECISION = 4

/** The rejection threshold of `ratio`; undefined where nothing is sampled (below 2^-56). */
export function thresholdOf(ratio: number): Threshold | undefined {
  if (ratio >= 1) return ALL
  const kept = Math.round(ratio * 2 ** 56)
  if (!(kept >= 1)) return undefined
  const exponent = Math.floor(Math.log2(ratio)) + 1
  const precision = Math.min(12, PRECISION + Math.max(0, Math.floor(-exponent / 4)))
  const unit = 1n << BigInt(4 * (DIGITS - precision))
  const rounded = ((WHOLE - BigInt(kept) + unit / 2n) / unit) * unit
  return (rounded >= WHOLE ? WHOLE - unit : rounded).toString(16).padStart(DIGITS, '0')
}

/** What `tracestate` says of sampling. */
export interface OtState {
  /** Present only where well-formed. */
  readonly threshold: Threshold | undefined
  /** Explicit randomness, instead of that of the trace id. */
  readonly randomness: string | undefined
  /** The other sub-keys, with a `;` behind each. */
  readonly rest: string
}

const NONE: OtState = { threshold: undefined, randomness: undefined, rest: '' }
const TH = /^[0-9a-f]{1,14}$/i
const RV = /^[0-9a-f]{14}$/

export function readOt(state: TraceState | undefined): OtState {
  const entry = state?.get('ot')
  if (entry === undefined) return NONE
  let threshold: string | undefined
  let randomness: string | undefined
  let rest = ''
  for (const part of entry.split(';')) {
    const value = part.slice(3)
    if (part.startsWith('th:')) {
      if (TH.test(value)) threshold = value.toLowerCase().padEnd(DIGITS, '0')
    } else {
      if (part.startsWith('rv:') && RV.test(value)) randomness = value
      if (part !== '') rest += `${part};`
    }
  }
  return { threshold, randomness, rest }
}

/** `state` with `threshold` in its `ot` entry, or without one where it is undefined. */
export function writeOt(
  state: TraceState | undefined,
  { rest }: OtState,
  threshold: Threshold | undefined,
): TraceState | undefined {
  if (threshold === undefined) {
    if (!state || state.get('ot') === undefined) return state
    return rest === '' ? state.unset('ot') : state.set('ot', rest.slice(0, -1))
  }
  return (state ?? W3CTraceState.EMPTY).set('ot', `${rest}th:${shortest(threshold)}`)
}

/** The random 56 bits of a trace, to be compared with a threshold: it is sampled when they are not below. */
export function randomnessOf(traceId: string, ot: OtState): string {
  return ot.randomness ?? traceId.slice(-DIGITS).toLowerCase()
}

/** Of how many traces one with this threshold stands. https://…/tracestate-probability-sampling/#algorithms */
export function adjustedCount(threshold: Threshold): number {
  return 2 ** 56 / Number(WHOLE - BigInt(`0x${threshold}`))
}

function shortest(threshold: Threshold): string {
  return threshold.replace(/0+$/, '') || '0'
}
