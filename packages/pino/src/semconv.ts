import { SeverityNumber, type Context, type LogRecord } from '@opentelemetry/api'
import { currentFields, currentOperationId, OPERATION_ID } from '@waybill/core'

const MAX_ATTRIBUTES = 64
const MAX_STRING = 4096
const MAX_DEPTH = 4

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
  const attributes: Record<string, unknown> = {}
  const budget = { left: MAX_ATTRIBUTES }
  const error = line[errorKey]
  if (error !== undefined && error !== null) putException(attributes, error, errorKey, budget)
  put(attributes, OPERATION_ID, currentOperationId(ctx), budget, 0)
  const fields = currentFields(ctx)
  for (const key in fields) put(attributes, key, fields[key], budget, 0)
  const record: LogRecord = { attributes: attributes as NonNullable<LogRecord['attributes']> }
  for (const key in line) {
    const value = line[key]
    switch (key) {
      case messageKey:
        record.body = boundedValue(value, { left: MAX_ATTRIBUTES }, 0) as NonNullable<LogRecord['body']>
        break
      case errorKey:
      case 'level':
      // The resource says these of the whole process.
      case 'pid':
      case 'hostname':
        break
      case 'time': {
        const timestamp = epochMs(value)
        if (timestamp === undefined) put(attributes, key, value, budget, 0)
        else record.timestamp = timestamp
        break
      }
      default:
        put(attributes, key, value, budget, 0)
    }
  }
  return record
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
function putException(attributes: Attributes, error: unknown, errorKey: string, budget: Budget): void {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) {
    put(attributes, errorKey, error, budget, 0)
    return
  }
  const { type, name, message, stack, ...rest } = error as Record<string, unknown>
  put(attributes, 'exception.type', type ?? name, budget, 0)
  put(attributes, 'exception.message', message, budget, 0)
  put(attributes, 'exception.stacktrace', stack, budget, 0)
  for (const _ in rest) {
    put(attributes, errorKey, rest, budget, 0)
    break
  }
}

/** Milliseconds since 1970 of pino's `epochTime` and `isoTime`; undefined of anything else. */
function epochMs(time: unknown): number | undefined {
  if (typeof time === 'number') return time > 1e11 && time < 1e14 ? time : undefined
  const parsed = typeof time === 'string' && time.length < 40 ? Date.parse(time) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

type Attributes = Record<string, unknown>

interface Budget {
  left: number
}

/** A later value of the same key takes the place of an earlier one. */
function put(into: Attributes, name: string, value: unknown, budget: Budget, depth: number): void {
  if (value === undefined || value === null) return
  const key = cut(name)
  if (!Object.hasOwn(into, key)) {
    if (budget.left <= 0) return
    budget.left--
  }
  const bounded = boundedValue(value, budget, depth)
  if (key !== '__proto__') into[key] = bounded
  else
    Object.defineProperty(into, key, { value: bounded, enumerable: true, configurable: true, writable: true })
}

function boundedValue(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === 'string') return cut(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === MAX_DEPTH) return cut(JSON.stringify(value))
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ATTRIBUTES).map((item) => boundedValue(item, budget, depth + 1))
  }
  const out: Attributes = {}
  for (const key in value) put(out, key, (value as Attributes)[key], budget, depth + 1)
  return out
}

function cut(text: string): string {
  return text.length > MAX_STRING ? `${text.slice(0, MAX_STRING - 1)}…` : text
}
