import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Arrival, MetricRecord } from '../normalize.ts'
import type { Group } from '../normalize/walk.ts'
import type { Attributes, LogRecord, SpanRecord } from '../rows.ts'
import { writeLog, writePoint, writeSpan } from './records.ts'
import type { Rows, Table } from './tables.ts'

/** The attribute that names the operation a record belongs to. */
const OPERATION_ID = 'operation_id'
/** Bytes that a record takes beside its text: columns, its entries in indexes, what pages leave free. */
const OVERHEAD = 300
const LINK_OVERHEAD = 120

/** Writes records. The caller holds the transaction, and makes room as it goes. */
export class Inserts {
  readonly #rows: Rows
  readonly #span: StatementSync
  readonly #link: StatementSync
  readonly #log: StatementSync
  readonly #point: StatementSync
  #nextId: number

  constructor(db: DatabaseSync, rows: Rows) {
    this.#rows = rows
    this.#nextId = rows.nextId()
    this.#span = db.prepare('INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#link = db.prepare('INSERT OR IGNORE INTO links VALUES (?, ?)')
    this.#log = db.prepare('INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#point = db.prepare('INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?)')
  }

  /** Inserts record after record, and yields after each. */
  *insert(arrival: Arrival): Generator<void> {
    switch (arrival.signal) {
      case 'traces':
        for (const group of arrival.groups) yield* this.#spans(group)
        break
      case 'logs':
        for (const group of arrival.groups) yield* this.#logs(group)
        break
      case 'metrics':
        for (const group of arrival.groups) yield* this.#metrics(group)
        break
    }
  }

  *#spans(group: Group<SpanRecord>): Generator<void> {
    const [resource, scope] = this.#origin(group, group.records.length)
    for (const span of group.records) {
      this.#rows.removeSpan(span.traceId, span.spanId)
      const data = writeSpan(span)
      const id = this.#nextId++
      const links = new Set(span.links.map((link) => link.traceId).filter((traceId) => traceId !== ''))
      const size = this.#count('spans', data, OVERHEAD + span.name.length + links.size * LINK_OVERHEAD)
      this.#span.run(
        id,
        resource,
        scope,
        size,
        span.traceId,
        span.spanId,
        span.parentSpanId === undefined ? 1 : 0,
        span.name,
        operationOf(span.attributes),
        span.status === 2 ? 1 : 0,
        span.start,
        span.end,
        data,
      )
      for (const traceId of links) this.#link.run(traceId, id)
      yield
    }
  }

  *#logs(group: Group<LogRecord>): Generator<void> {
    const [resource, scope] = this.#origin(group, group.records.length)
    for (const log of group.records) {
      const data = writeLog(log)
      const size = this.#count('logs', data, OVERHEAD)
      const operation = operationOf(log.attributes)
      this.#log.run(this.#nextId++, resource, scope, size, log.traceId ?? null, operation, log.time, data)
      yield
    }
  }

  *#metrics(group: Group<MetricRecord>): Generator<void> {
    const records = group.records.filter(({ points }) => points.length > 0)
    const count = records.reduce((sum, { points }) => sum + points.length, 0)
    if (count === 0) return
    const [resource, scope] = this.#origin(group, count)
    for (const { metric: content, points } of records) {
      const metric = this.#part('metric', content.name, content, points.length)
      for (const point of points) {
        const data = writePoint(point)
        const size = this.#count('points', data, OVERHEAD)
        this.#point.run(this.#nextId++, resource, scope, size, metric, point.time, data)
        yield
      }
    }
  }

  /** The parts are held for all records to come, so that making room in between does not drop them. */
  #origin({ service, scope, resource }: Group<unknown>, records: number): [number, number] {
    return [this.#part('resource', service, resource, records), this.#part('scope', scope, {}, records)]
  }

  #part(kind: string, label: string, content: unknown, records: number): number {
    const { id, bytes } = this.#rows.parts.intern(kind, label, content)
    this.#rows.parts.use(id, records)
    this.#rows.totals.bytes += bytes
    return id
  }

  #count(table: Table, data: string, overhead: number): number {
    const size = Buffer.byteLength(data) + overhead
    this.#rows.totals[table]++
    this.#rows.totals.bytes += size
    return size
  }
}

function operationOf(attributes: Attributes): string | null {
  const id = Object.hasOwn(attributes, OPERATION_ID) ? attributes[OPERATION_ID] : null
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null
}
