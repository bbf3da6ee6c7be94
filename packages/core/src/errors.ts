/**
 * Every problem Waybill can report, each with a heading in docs/reference/problems.md.
 * A closed list: a line on stderr that carries one of these can be looked up and searched for.
 */
export const CODES = [
  'WAYBILL_BAD_VALUE',
  'WAYBILL_BAD_ENDPOINT',
  'WAYBILL_BAD_FILE',
  'WAYBILL_UNKNOWN_VARIABLE',
  'WAYBILL_UNSUPPORTED',
  'WAYBILL_EXPORT_FAILED',
  'WAYBILL_EXPORT_RECOVERED',
  'WAYBILL_TELEMETRY_LOST',
  'WAYBILL_COLLECTOR_WARNING',
  'WAYBILL_SPOOLING',
  'WAYBILL_REPLAYED',
  'WAYBILL_SPOOL_FAILED',
  'WAYBILL_SPOOL_DAMAGED',
  'WAYBILL_SAMPLER_FAILED',
  'WAYBILL_PROMETHEUS_FAILED',
  'WAYBILL_INTEGRATION_FAILED',
  'WAYBILL_INTERNAL',
  'WAYBILL_NODE_TOO_OLD',
  'WAYBILL_STARTED_TWICE',
  'WAYBILL_OTHER_AGENT',
  'WAYBILL_LOADED_BEFORE',
  'WAYBILL_BUNDLED',
  'WAYBILL_PAYLOAD_TOO_LARGE',
  'WAYBILL_EVENT_FAILED',
  'WAYBILL_EVENTS_LOST',
] as const

export type Code = (typeof CODES)[number]

/** An error of ours that a caller may see, where the caller asked for something that cannot be done. */
export class WaybillError extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WaybillError'
    this.code = code
  }
}
