import { SeverityNumber, type Context, type LogRecord } from '@opentelemetry/api'
import { currentFields, currentOperationId, OPERATION_ID } from '@waybill/core'

const MAX_ATTRIBUTES = 64
const MAX_STRING = 4096
const MAX_DEPTH = 4
/** The resource says these of the whole process. */
const OF_THE_PROCESS = ['pid', 'hostname']

export interface LineKeys {
  readonly messageKey: string
  readonly errorKey: string
  readonly ctx: Context
}

/**
 * A parsed line, without the fields that correlation adds, as a log record: the message is the body, the error
 * `exception.*`, the rest attributes, with the operation id and the fields of `ctx`. At most 64 attributes, 4096
 * characters a string.
 */
export function logRecord(line: Record<string, unknown>, { messageKey, errorKey, ctx }: LineKeys): LogRecord {
  const { [messageKey]: body, [errorKey]: error, level: _, ...rest } = line
  for (const key of OF_THE_PROCESS) delete rest[key]
  const timestamp = epochMs(rest['time'])
  if (timestamp !== undefined) delete rest['time']

  const attributes = bounded({
    ...exception(error, errorKey),
    [OPERATION_ID]: currentOperationId(ctx),
    ...currentFields(ctx),
    ...rest,
  })
  return {
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(body === undefined ? {} : { body: boundedValue(body, { left: MAX_ATTRIBUTES }, 0) }),
    attributes,
  }
}

/** pino's level as OpenTelemetry counts: each of its six names has four steps. */
export function severityNumber(level: number, label: string | undefined): SeverityNumber {
  const named = label === undefined ? undefined : SEVERITIES[label.toLowerCase()]
  if (named !== undefined) return named
  const step = Math.floor(((level - 10) / 10) * 4) + 1
  return Math.min(Math.max(step, SeverityNumber.TRACE), SeverityNumber.FATAL4) || SeverityNumber.UNSPECIFIED
}

const SEVERITIES: Readonly<Record<string, SeverityNumber | undefined>> = Object.assign(
  Object.create(null) as object,
  {
    trace: SeverityNumber.TRACE,
    debug: SeverityNumber.DEBUG,
    info: SeverityNumber.INFO,
    notice: SeverityNumber.INFO2,
    warn: SeverityNumber.WARN,
    warning: SeverityNumber.WARN,
    error: SeverityNumber.ERROR,
    critical: SeverityNumber.ERROR3,
    fatal: SeverityNumber.FATAL,
  },
)

/** `exception.*` of an error as pino's serializer writes it; what else it has stays under its own key. */
function exception(error: unknown, errorKey: string): Record<string, unknown> {
  if (error === undefined || error === null) return {}
  if (typeof error !== 'object' || Array.isArray(error)) return { [errorKey]: error }
  const { type, name, message, stack, ...rest } = error as Record<string, unknown>
  return {
    'exception.type': type ?? name,
    'exception.message': message,
    'exception.stacktrace': stack,
    ...(Object.keys(rest).length > 0 ? { [errorKey]: rest } : {}),
  }
}

/** Milliseconds since 1970 of pino's `epochTime` and `isoTime`; undefined of anything else. */
function epochMs(time: unknown): number | undefined {
  if (typeof time === 'number') return time > 1e11 && time < 1e14 ? time : undefined
  const parsed = typeof time === 'string' && time.length < 40 ? Date.parse(time) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

interface Budget {
  left: number
}

function bounded(
  values: Record<string, unknown>,
  budget: Budget = { left: MAX_ATTRIBUTES },
  depth = 0,
): Record<string, unknown> {
  const out: [string, unknown][] = []
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue
    if (budget.left <= 0) break
    budget.left--
    out.push([cut(key), boundedValue(value, budget, depth)])
  }
  // Not by assignment: a key may be `__proto__`.
  return Object.fromEntries(out)
}

function boundedValue(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === 'string') return cut(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === MAX_DEPTH) return cut(JSON.stringify(value))
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ATTRIBUTES).map((item) => boundedValue(item, budget, depth + 1))
  }
  return bounded(value as Record<string, unknown>, budget, depth + 1)
}

function cut(text: string): string {
  return text.length > MAX_STRING ? `${text.slice(0, MAX_STRING - 1)}…` : text
}
