import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type {
  Attributes,
  LogFilter,
  LogRow,
  Metric,
  MetricFilter,
  MetricRow,
  Origin,
  SpanFilter,
  SpanRow,
  TraceFilter,
  TraceSummary,
} from './rows.ts'
import { readLog, readPoint, readSpan } from './store/records.ts'

// The text of a part may be large and is the same in many rows: it is read once an answer, not once a row.
const SPANS = 'SELECT t.data, t.resource, t.scope FROM spans t JOIN parts r ON r.id = t.resource'
const LOGS = 'SELECT t.data, t.resource, t.scope FROM logs t JOIN parts r ON r.id = t.resource'
const POINTS = `SELECT t.data, t.resource, t.scope, t.metric FROM points t
  JOIN parts r ON r.id = t.resource JOIN parts m ON m.id = t.metric`

interface Row {
  data: string
  resource: number
  scope: number
  metric?: number
}
/** A condition and the value for its `?`; left out where there is no value. */
type Condition = readonly [sql: string, value: SQLInputValue | undefined]

interface Part {
  label: string
  content: unknown
}

/** The read path. Lists are ordered by time, oldest first; `limit` keeps the newest. */
export class Query {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  spans(filter: SpanFilter = {}): SpanRow[] {
    const rows = this.#select(SPANS, 't.start_time', filter.limit, [
      ['t.trace_id = ?', filter.traceId?.toLowerCase()],
      ['t.operation_id = ?', filter.operationId],
      ['r.label = ?', filter.service],
      ['t.error = ?', filter.error === undefined ? undefined : Number(filter.error)],
      ['t.name = ?', filter.name],
      ['t.start_time >= ?', filter.since],
    ])
    return this.#spanRows(rows)
  }

  /** Spans of other traces whose links point into this one. */
  linksTo(traceId: string): SpanRow[] {
    const id = traceId.toLowerCase()
    const rows = this.#select(SPANS, 't.start_time', undefined, [
      ['t.id IN (SELECT span FROM links WHERE trace_id = ?)', id],
      ['t.trace_id <> ?', id],
    ])
    return this.#spanRows(rows)
  }

  logs(filter: LogFilter = {}): LogRow[] {
    const rows = this.#select(LOGS, 't.time', filter.limit, [
      ['t.trace_id = ?', filter.traceId?.toLowerCase()],
      ['t.operation_id = ?', filter.operationId],
      ['r.label = ?', filter.service],
    ])
    const part = this.#partReader()
    return rows.map((row) => ({ ...readLog(row.data), ...originOf(row, part) }))
  }

  metrics(filter: MetricFilter = {}): MetricRow[] {
    const rows = this.#select(POINTS, 't.time', undefined, [
      ['m.label = ?', filter.name],
      ['r.label = ?', filter.service],
    ])
    const part = this.#partReader()
    return rows.map((row) => ({
      ...(part(row.metric).content as Metric),
      ...readPoint(row.data),
      ...originOf(row, part),
    }))
  }

  traces(filter: TraceFilter = {}): TraceSummary[] {
    const within = where([
      ['t.operation_id = ?', filter.operationId],
      ['r.label = ?', filter.service],
    ])
    const whole = where([
      ['max(error) = ?', filter.error === undefined ? undefined : Number(filter.error)],
      ['min(start_time) >= ?', filter.since],
    ])
    const narrowed =
      within.sql &&
      `WHERE trace_id IN (SELECT t.trace_id FROM spans t JOIN parts r ON r.id = t.resource ${within.sql})`
    const statement = this.#db.prepare(`
      SELECT trace_id, count(*) AS spans, sum(error) AS errors, min(start_time) AS start, max(end_time) AS end
      FROM spans ${narrowed} GROUP BY trace_id ${whole.sql.replace('WHERE', 'HAVING')}
      ORDER BY min(start_time) DESC, max(id) DESC LIMIT ?`)
    statement.setReadBigInts(true)
    const rows = statement.all(...within.values, ...whole.values, limitOf(filter.limit))
    const root = this.#db.prepare(
      'SELECT name FROM spans WHERE trace_id = ? ORDER BY root DESC, start_time, id LIMIT 1',
    )
    const resources = this.#db.prepare(
      'SELECT resource FROM spans WHERE trace_id = ? GROUP BY resource ORDER BY min(start_time), min(id)',
    )
    const part = this.#partReader()
    return rows.reverse().map((row) => {
      const traceId = String(row['trace_id'])
      const start = row['start'] as bigint
      return {
        traceId,
        name: String(root.get(traceId)?.['name']),
        services: [...new Set(resources.all(traceId).map(({ resource }) => part(Number(resource)).label))],
        spanCount: Number(row['spans']),
        errorCount: Number(row['errors']),
        start,
        durationMs: Number((row['end'] as bigint) - start) / 1e6,
      }
    })
  }

  #select(from: string, time: string, limit: number | undefined, conditions: readonly Condition[]): Row[] {
    const { sql, values } = where(conditions)
    const statement = this.#db.prepare(`${from} ${sql} ORDER BY ${time} DESC, t.id DESC LIMIT ?`)
    return (statement.all(...values, limitOf(limit)) as unknown as Row[]).reverse()
  }

  #spanRows(rows: Row[]): SpanRow[] {
    const part = this.#partReader()
    return rows.map((row) => {
      const span = readSpan(row.data)
      return { ...span, durationMs: Number(span.end - span.start) / 1e6, ...originOf(row, part) }
    })
  }

  /** For one answer: its rows share the object of a resource. */
  #partReader(): (id: number | undefined) => Part {
    const statement = this.#db.prepare('SELECT label, data FROM parts WHERE id = ?')
    const read = new Map<number | undefined, Part>()
    return (id) => {
      let part = read.get(id)
      if (!part) {
        const row = statement.get(id ?? null)
        part = { label: String(row?.['label']), content: JSON.parse(String(row?.['data'])) as unknown }
        read.set(id, part)
      }
      return part
    }
  }
}

function originOf(row: Row, part: (id: number | undefined) => Part): Origin {
  const { label: service, content: resource } = part(row.resource)
  return { service, scope: part(row.scope).label, resource: resource as Attributes }
}

function where(conditions: readonly Condition[]): { sql: string; values: SQLInputValue[] } {
  const given = conditions.filter(
    (condition): condition is [string, SQLInputValue] => condition[1] !== undefined,
  )
  return {
    sql: given.length > 0 ? `WHERE ${given.map(([sql]) => sql).join(' AND ')}` : '',
    values: given.map(([, value]) => value),
  }
}

/** SQLite takes -1 for no limit. */
function limitOf(limit: number | undefined): number {
  if (limit === undefined || limit === Infinity) return -1
  return Math.max(0, Math.floor(limit))
}
