// OTLP as plain data without what two runs of the same program do not have in common: times and random ids.

export type Tree = Readonly<Record<string, unknown>>

/** Only what the program made: each side has telemetry of its own about itself. */
const SCOPE = 'oracle'

/** Resource, and the records by a name that tells them apart. */
export function recordsOf(contents: readonly Tree[], signal: 'traces' | 'metrics' | 'logs'): Tree {
  const [resourceKey, scopeKey, recordKey] = {
    traces: ['resourceSpans', 'scopeSpans', 'spans'],
    metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
    logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  }[signal] as [string, string, string]
  let resource: Tree | undefined
  let scope: Tree | undefined
  const records: Tree[] = []
  for (const content of contents) {
    for (const ofResource of list(content[resourceKey])) {
      for (const ofScope of list(ofResource[scopeKey])) {
        const { name, version } = (ofScope['scope'] ?? {}) as Tree
        if (name !== SCOPE) continue
        resource = { ...attributes(ofResource['resource']), schemaUrl: ofResource['schemaUrl'] || undefined }
        scope = { name, version, schemaUrl: ofScope['schemaUrl'] || undefined }
        records.push(...list(ofScope[recordKey]))
      }
    }
  }
  const names = new Map(records.map((record) => [record['spanId'], record['name']]))
  const shape = { traces: (record: Tree) => span(record, names), metrics: metric, logs: log }[signal]
  const byName: Record<string, unknown> = {}
  for (const record of records) byName[labelOf(record)] = shape(record)
  return { resource, scope, records: byName }
}

function labelOf(record: Tree): string {
  const { name, body } = record
  return typeof name === 'string' ? name : JSON.stringify(body ?? null)
}

function span(record: Tree, names: ReadonlyMap<unknown, unknown>): Tree {
  const { parentSpanId } = record
  const flags = Number(record['flags'] ?? 0)
  return {
    kind: record['kind'],
    parent: parentSpanId ? (names.get(parentSpanId) ?? parentSpanId) : undefined,
    attributes: attributes(record),
    droppedAttributes: count(record['droppedAttributesCount']),
    events: list(record['events']).map((event) => ({
      name: event['name'],
      attributes: stable(attributes(event)),
      dropped: count(event['droppedAttributesCount']),
    })),
    droppedEvents: count(record['droppedEventsCount']),
    links: list(record['links']).map((link) => ({
      traceId: link['traceId'],
      spanId: link['spanId'],
      attributes: attributes(link),
      dropped: count(link['droppedAttributesCount']),
      flags: link['flags'],
    })),
    droppedLinks: count(record['droppedLinksCount']),
    status: statusOf(record['status']),
    traceState: record['traceState'] || undefined,
    sampled: (flags & 1) === 1,
    random: (flags & 2) === 2,
    remoteParent: flags >> 8,
    timed: Number(record['endTimeUnixNano']) >= Number(record['startTimeUnixNano']),
  }
}

/** Each process has its own. */
const OWN = /^(?:operation_id|process\.(?:pid|command|command_args)|service\.instance\.id)$/
const STACK = 'exception.stacktrace'

/** Where the program lies is no affair of the comparison. */
function stable(given: Tree): Tree {
  const { stringValue: stack } = (given[STACK] ?? {}) as { stringValue?: string }
  return stack === undefined ? given : { ...given, [STACK]: stack.split('\n')[0] }
}

function statusOf(status: unknown): Tree {
  const { code, message } = (status ?? {}) as Tree
  return { code: count(code), message: message || undefined }
}

function metric(record: Tree): Tree {
  const kind = ['sum', 'gauge', 'histogram', 'exponentialHistogram'].find((name) => record[name])
  const data = (record[kind!] ?? {}) as Tree
  const points: Record<string, unknown> = {}
  for (const point of list(data['dataPoints'])) {
    const { startTimeUnixNano, timeUnixNano, attributes: _, ...values } = point
    points[JSON.stringify(attributes(point))] = {
      ...(plain(values) as Tree),
      timed: Number(timeUnixNano) >= Number(startTimeUnixNano),
    }
  }
  return {
    kind,
    description: record['description'] || undefined,
    unit: record['unit'] || undefined,
    temporality: data['aggregationTemporality'],
    monotonic: data['isMonotonic'] || undefined,
    points,
  }
}

function log(record: Tree): Tree {
  return {
    body: record['body'],
    severity: record['severityNumber'],
    text: record['severityText'],
    event: record['eventName'] || undefined,
    attributes: attributes(record),
    dropped: count(record['droppedAttributesCount']),
    traceId: record['traceId'] || undefined,
    spanId: record['spanId'] || undefined,
    flags: record['flags'] || undefined,
    hasTime: Number(record['timeUnixNano'] ?? 0) > 0,
    hasObservedTime: Number(record['observedTimeUnixNano'] ?? 0) > 0,
  }
}

function attributes(of: unknown): Tree {
  const pairs = list((of as Tree | undefined)?.['attributes'])
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key as string, OWN.test(key as string) ? '(own)' : plain(value)]),
  )
}

/** 64-bit numbers are text in one encoding and numbers in the other; zero may be left out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    /^(?:intValue|asInt|count|zeroCount|bucketCounts)$/.test(key)
      ? JSON.stringify(inner).replaceAll('"', '')
      : plain(inner),
  ])
  return Object.fromEntries(entries.filter(([key, inner]) => !(key === 'flags' && inner === 0)))
}

function count(value: unknown): number {
  return Number(value ?? 0)
}

function list(value: unknown): Tree[] {
  return Array.isArray(value) ? (value as Tree[]) : []
}
