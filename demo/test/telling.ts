import type { LogRow, SpanRow } from '@waybill/viewer'
import type { Expected } from '../src/check.ts'
import type { LogLine } from '../src/service.ts'
import type { Fate, Posted } from '../src/stories.ts'
import { SERVICES } from '../src/services.ts'
import { topicsOf } from '../src/topics.ts'

// Fabricated telemetry: what a record leaves behind when all is well. Tests take pieces out.

export const TOPICS = topicsOf('')
let clock = 1_000_000_000n

export function span(
  part: Partial<SpanRow> & Pick<SpanRow, 'traceId' | 'spanId' | 'name' | 'service'>,
): SpanRow {
  clock += 1_000_000n
  return {
    scope: '',
    resource: {},
    kind: 1,
    start: clock,
    end: clock + 5_000_000n,
    durationMs: 5,
    status: 0,
    attributes: {},
    events: [],
    links: [],
    flags: 1,
    ...part,
  }
}

export function log(
  service: string,
  at: SpanRow,
  body: string,
  attributes: LogRow['attributes'] = {},
): LogRow {
  const { traceId, spanId } = at
  clock += 1000n
  return { service, traceId, spanId, body, attributes, scope: '', resource: {}, time: clock, severity: 9 }
}

export interface Story {
  spans: SpanRow[]
  logs: LogRow[]
  lines: LogLine[]
  posted: Posted[]
}

/** Records that all went as they should, stored by one bulk insert. */
export function tell(...fates: Fate[]): Story {
  const spans: SpanRow[] = []
  const logs: LogRow[] = []
  const posted: Posted[] = []
  const links: SpanRow['links'] = []
  const kafka = (operation: string, topic: string): SpanRow['attributes'] => ({
    'messaging.operation.name': operation,
    'messaging.destination.name': topic,
  })

  fates.forEach((fate, number) => {
    const traceId = `trace${number}`
    const parcel_id = `P-${number}`
    let count = 0
    const add = (
      service: string,
      name: string,
      parent: SpanRow | undefined,
      part: Partial<SpanRow> = {},
    ): SpanRow => {
      const parentSpanId = parent && { parentSpanId: parent.spanId }
      const made = span({ traceId, spanId: `${number}.${count++}`, service, name, ...parentSpanId, ...part })
      spans.push(made)
      return made
    }
    posted.push({
      scan: {
        parcel_id,
        depot: 'HAM',
        status: '',
        weight: { value: 1, unit: 'kg' },
        length: { value: 1, unit: 'cm' },
      },
      fate,
      scanId: parcel_id,
      traceId,
    })
    const request = add('scan-api', 'POST /scans', undefined, { kind: 2 })
    logs.push(log('scan-api', request, 'scan accepted', { parcel_id }))
    const sent = add('scan-api', 'send scans', request, { kind: 4, attributes: kafka('send', 'scans') })
    const process = add('scan-transform', 'process scans', sent, {
      kind: 5,
      attributes: kafka('process', 'scans'),
    })
    if (fate === 'dead') {
      add('scan-transform', 'transform enrich scan', process, { status: 2, statusMessage: 'no such depot' })
      const letter = add('scan-transform', 'dead letter scans.dead-letter', process)
      add('scan-transform', 'send scans.dead-letter', letter, {
        kind: 3,
        attributes: kafka('send', TOPICS.deadLetter),
      })
      return
    }
    const step = add('scan-transform', 'transform enrich scan', process)
    const get = add('scan-transform', 'GET', step, { kind: 3 })
    add('depot-directory', 'GET /depots/:code', get, { kind: 2 })
    const out = add('scan-transform', 'send scans.enriched', step, {
      kind: 4,
      attributes: kafka('send', TOPICS.enriched),
    })
    const read = add('parcel-store', 'process scans.enriched', out, {
      kind: 5,
      attributes: kafka('process', TOPICS.enriched),
    })
    links.push({ traceId, spanId: read.spanId, attributes: {} })
    const listener = add('parcel-notify', 'listener parcel-attention', read, {
      kind: 5,
      attributes: { condition_matched: fate === 'notified' },
    })
    if (fate === 'stored') return
    const hook = add('parcel-notify', 'action customer-hook', listener, {
      attributes: { action_type: 'webhook' },
    })
    const call = add('parcel-notify', 'POST', hook, { kind: 3 })
    const served = add('customer-hook', 'POST', call, { kind: 2 })
    logs.push(log('customer-hook', served, 'hook received', { parcel_id }))
    add('parcel-notify', 'action depot-mail', listener, {
      attributes: { action_type: 'email', delivery_status: 'sent' },
    })
  })

  if (links.length > 0) {
    const bulk = { traceId: 'bulk', service: 'parcel-store' }
    const poll = span({
      ...bulk,
      spanId: 'poll',
      name: 'poll scans.enriched',
      kind: 3,
      attributes: kafka('poll', TOPICS.enriched),
      links,
    })
    const insert = span({ ...bulk, spanId: 'insert', name: 'insert parcels', parentSpanId: 'poll', links })
    const query = span({
      ...bulk,
      spanId: 'query',
      name: 'pg.query:INSERT',
      parentSpanId: 'insert',
      kind: 3,
      attributes: { 'db.system.name': 'postgresql' },
    })
    spans.push(poll, insert, query)
    logs.push(log('parcel-store', insert, 'parcels stored', { parcels: links.length }))
  }
  return { spans, logs, lines: logs.map(lineOf), posted }
}

export function expected(story: Story): Expected {
  // A story without a notified record has no span of some services, and that is right.
  const heard = new Set(story.spans.map(({ service }) => service))
  const ready = { service: 'scan-api', msg: 'ready', fields: {} }
  return {
    services: Object.keys(SERVICES).filter((service) => heard.has(service)),
    topics: TOPICS,
    lines: [ready, ...story.lines],
  }
}

function lineOf({ service, body, traceId, spanId, attributes }: LogRow): LogLine {
  return {
    service,
    msg: typeof body === 'string' ? body : '',
    fields: { ...attributes, msg: body, trace_id: traceId, span_id: spanId },
  }
}
