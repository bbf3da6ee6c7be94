import type { SpanRow } from '@waybill/viewer'

/** Every field of a span as text: name, status, links, events, and its attributes by their names. */
export type Fields = Readonly<Record<string, string>>
/** Spans by their place in the scenario, e.g. `post > client 1 > server 1`. */
export type Placed = ReadonlyMap<string, Fields>

/** A field that two runs of a scenario tell differently; `-` where one has none. */
export interface Difference {
  readonly place: string
  /** `span` where one has no span there. */
  readonly field: string
  readonly upstream: string
  readonly waybill: string
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

/**
 * The place of a span: the step of the scenario it belongs to, then its kind and its number among the siblings
 * of that kind, in the order in which they began. So a span has its counterpart even where names differ.
 */
export function place(spans: readonly SpanRow[]): Placed {
  const known = new Set(spans.map(({ spanId }) => spanId))
  const placed = new Map<string, Fields>()
  const below = (siblings: readonly SpanRow[], path: string): void => {
    const count: Record<string, number> = {}
    for (const span of siblings.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
      const kind = KINDS[span.kind]!
      const isStep = span.scope === 'app'
      const at = `${path}${isStep ? span.name : `${kind} ${(count[kind] = (count[kind] ?? 0) + 1)}`}`
      if (!isStep) placed.set(at, fieldsOf(span))
      const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId)
      below(children, `${at} > `)
    }
  }
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId))
  below(roots, '')
  return placed
}

export function compare(upstream: Placed, waybill: Placed): Difference[] {
  const found: Difference[] = []
  for (const place of new Set([...upstream.keys(), ...waybill.keys()])) {
    const theirs = upstream.get(place)
    const ours = waybill.get(place)
    const fields = theirs && ours ? new Set([...Object.keys(theirs), ...Object.keys(ours)]) : ['span']
    for (const field of fields) {
      const told = (by: Fields | undefined): string => by?.[field === 'span' ? 'name' : field] ?? '-'
      const difference = { place, field, upstream: told(theirs), waybill: told(ours) }
      if (difference.upstream !== difference.waybill) found.push(difference)
    }
  }
  return found
}

function fieldsOf({ name, status, statusMessage = '', attributes, events, links }: SpanRow): Fields {
  const fields: Record<string, string> = { name, status: `${status} ${statusMessage}`.trim() }
  if (links.length > 0) fields['links'] = String(links.length)
  for (const [key, value] of texts(attributes)) fields[key] = value
  for (const [index, event] of events.entries()) {
    const parts = texts(event.attributes).map((part) => part.join('='))
    fields[`event ${index + 1}`] = [event.name, ...parts.toSorted()].join(' ')
  }
  return fields
}

function texts(attributes: SpanRow['attributes']): [string, string][] {
  return Object.entries(attributes).map(([key, value]) => [key, settled(key, JSON.stringify(value))])
}

/** Without what is another value in each run. */
function settled(key: string, value: string): string {
  if (key === 'operation_id') return 'ID'
  // 1 is the port where nothing listens.
  if (key.endsWith('.port') && value !== '1') return 'PORT'
  if (key === 'exception.stacktrace') return value.split('\\n')[0]!
  return value
    .replace(/(Deadline exceeded) after .*"/, '$1"')
    .replaceAll(/(127\.0\.0\.1|localhost):\d{4,5}/g, '$1:PORT')
}
