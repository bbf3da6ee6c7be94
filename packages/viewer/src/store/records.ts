// Rows as the text that is stored, and back. JSON has no bigint, and no number that is not finite.
import type { LogRecord, MetricPoint, SpanEvent, SpanRecord } from '../rows.ts'

type Stored<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }
type StoredSpan = Stored<Omit<SpanRecord, 'events'>> & { events: Stored<SpanEvent>[] }

export function writeSpan(span: SpanRecord): string {
  const stored: StoredSpan = {
    ...span,
    start: String(span.start),
    end: String(span.end),
    events: span.events.map((event) => ({ ...event, time: String(event.time) })),
  }
  return JSON.stringify(stored)
}

export function readSpan(text: string): SpanRecord {
  const stored = JSON.parse(text) as StoredSpan
  return {
    ...stored,
    start: BigInt(stored.start),
    end: BigInt(stored.end),
    events: stored.events.map((event) => ({ ...event, time: BigInt(event.time) })),
  }
}

export function writeLog(log: LogRecord): string {
  return JSON.stringify({ ...log, time: String(log.time) })
}

export function readLog(text: string): LogRecord {
  const stored = JSON.parse(text) as Stored<LogRecord>
  return { ...stored, time: BigInt(stored.time) }
}

export function writePoint(point: MetricPoint): string {
  const { attributes, start, time, ...numbers } = point
  const text = JSON.stringify(numbers, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
  return JSON.stringify({ attributes, start: String(start), time: String(time), text })
}

export function readPoint(text: string): MetricPoint {
  const stored = JSON.parse(text) as Pick<Stored<MetricPoint>, 'attributes' | 'start' | 'time'> & {
    text: string
  }
  // Nothing in a point's numbers is text but the ones that JSON could not write.
  const numbers = JSON.parse(stored.text, (_key, value: unknown) =>
    typeof value === 'string' ? Number(value) : value,
  ) as Partial<MetricPoint>
  return { attributes: stored.attributes, start: BigInt(stored.start), time: BigInt(stored.time), ...numbers }
}
