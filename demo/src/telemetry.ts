import type { LogRow, SpanRow } from '@waybill/viewer'

/** What arrived. */
export interface Telemetry {
  spans: readonly SpanRow[]
  logs: readonly LogRow[]
}

/** The same, by what it is asked for. */
export interface Index {
  all: Telemetry
  /** Spans of a trace in the order in which they started. */
  trace(traceId: string | undefined): readonly SpanRow[]
  logs(traceId: string | undefined): readonly LogRow[]
  span(traceId: string, spanId: string): SpanRow | undefined
  /** Spans of other traces that have a link into this one. */
  linksInto(traceId: string | undefined): readonly SpanRow[]
}

export function indexOf(telemetry: Telemetry): Index {
  const traces = grouped([...telemetry.spans].sort(byStart), (span) => span.traceId)
  const logs = grouped([...telemetry.logs].sort(byTime), (log) => log.traceId)
  const spans = new Map(telemetry.spans.map((span) => [`${span.traceId} ${span.spanId}`, span]))
  const linking = new Map<string, SpanRow[]>()
  for (const span of telemetry.spans) {
    for (const traceId of new Set(span.links.map((link) => link.traceId))) {
      if (traceId !== span.traceId) linking.set(traceId, [...(linking.get(traceId) ?? []), span])
    }
  }
  return {
    all: telemetry,
    trace: (traceId) => traces.get(traceId) ?? [],
    logs: (traceId) => logs.get(traceId) ?? [],
    span: (traceId, spanId) => spans.get(`${traceId} ${spanId}`),
    linksInto: (traceId) => (traceId === undefined ? [] : (linking.get(traceId) ?? [])),
  }
}

export const KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const
export const ERROR = 2

export function text(span: SpanRow | LogRow, attribute: string): string | undefined {
  const value = span.attributes[attribute]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function byStart(a: SpanRow, b: SpanRow): number {
  return a.start < b.start ? -1 : a.start > b.start ? 1 : 0
}

function byTime(a: LogRow, b: LogRow): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0
}

function grouped<T>(items: readonly T[], key: (item: T) => string | undefined): Map<string | undefined, T[]> {
  const groups = new Map<string | undefined, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}
