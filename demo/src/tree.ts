import type { LogRow, SpanRow } from '@waybill/viewer'
import { ERROR, text, type Index } from './telemetry.ts'

export interface TreeOptions {
  /** Columns that names are padded to. */
  width?: number
  /** Marks up a piece of a line; as it is by default. */
  style?: (style: TreeStyle, text: string) => string
}
export type TreeStyle = 'dim' | 'error' | 'service' | 'log' | 'linked'

/**
 * Draw one trace: each span under its parent with its service and duration, its log lines beside it, and what other
 * traces did for it (a poll, a bulk insert) in the place where they link to.
 *
 * ```
 * POST /scans                         scan-api         12.3 ms
 * │ INFO scan accepted parcel_id=P-1001
 * └─ send scans                       scan-api          4.0 ms
 *    ├┄ poll scans                    scan-transform    9.1 ms  linked, 7 records
 *    └─ process scans                 scan-transform    8.8 ms
 * ```
 */
export function drawTree(index: Index, traceId: string, options: TreeOptions = {}): string[] {
  const { width = 64, style = (_style, piece) => piece } = options
  const spans = index.trace(traceId)
  const known = new Set(spans.map((span) => span.spanId))
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId))
  const linked = linkedBySpan(index, traceId)
  const lines: string[] = []

  const draw = (span: SpanRow, first: string, rest: string, mark: string): void => {
    lines.push(spanLine(span, first, mark, width, style))
    const foreign = span.traceId !== traceId
    const children: Child[] = [
      ...(foreign ? [] : (linked.get(span.spanId) ?? [])).map((child) => ({ span: child, linked: true })),
      ...index
        .trace(span.traceId)
        .filter((child) => child.parentSpanId === span.spanId)
        .map((child) => ({ span: child, linked: false })),
    ].sort((a, b) => (a.span.start < b.span.start ? -1 : 1))

    const bar = children.length > 0 ? '│ ' : '  '
    for (const log of index.logs(span.traceId)) {
      if (log.spanId !== span.spanId) continue
      // A service that was only handed this span's context says so.
      const by = log.service === span.service ? '' : `${log.service}: `
      lines.push(rest + bar + style('log', by + logText(log)))
    }
    children.forEach((child, position) => {
      const last = position === children.length - 1
      const branch = `${last ? '└' : '├'}${child.linked ? '┄' : '─'} `
      draw(
        child.span,
        rest + branch,
        rest + (last ? '   ' : '│  '),
        child.linked ? linkedMark(child.span) : '',
      )
    })
  }
  for (const root of roots) {
    draw(root, '', '', root.parentSpanId === undefined ? '' : 'its parent did not arrive')
  }
  return lines
}

interface Child {
  span: SpanRow
  linked: boolean
}

/**
 * Which spans of other traces stand under which span of this one. Of a span that links and its descendants that
 * link, too (a poll and the bulk insert within), only the topmost: the others are drawn below it.
 */
function linkedBySpan(index: Index, traceId: string): Map<string, SpanRow[]> {
  const linking = index.linksInto(traceId)
  const all = new Set(linking)
  const placed = new Map<string, SpanRow[]>()
  for (const span of linking) {
    if (hasAncestorIn(all, span, index)) continue
    const target = span.links.find((link) => link.traceId === traceId)!.spanId
    placed.set(target, [...(placed.get(target) ?? []), span])
  }
  return placed
}

function hasAncestorIn(spans: ReadonlySet<SpanRow>, span: SpanRow, index: Index): boolean {
  const seen = new Set<string>()
  let at: SpanRow | undefined = span
  while (at?.parentSpanId !== undefined && !seen.has(at.spanId)) {
    seen.add(at.spanId)
    at = index.span(at.traceId, at.parentSpanId)
    if (at && spans.has(at)) return true
  }
  return false
}

type Style = NonNullable<TreeOptions['style']>

function spanLine(span: SpanRow, branches: string, mark: string, width: number, style: Style): string {
  const name = span.name.padEnd(Math.max(width - branches.length, 0))
  const why = span.statusMessage || text(span, 'http.response.status_code')
  const failed = span.status === ERROR ? `error${why ? `: ${why}` : ''}` : ''
  const notes = [mark && style('linked', mark), failed && style('error', failed)].filter(Boolean).join('  ')
  const parts = [
    style('dim', branches) + (failed ? style('error', name) : name),
    style('service', span.service.padEnd(16)),
    style('dim', duration(span.durationMs)),
    notes,
  ]
  return parts.join(' ').trimEnd()
}

function linkedMark(span: SpanRow): string {
  return `linked, ${span.links.length} ${span.links.length === 1 ? 'record' : 'records'}`
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
/** In each line already, or said by the tree. */
const HIDDEN = /^(?:trace_id|span_id|trace_flags|operation_id|service|environment|name|hostname|pid|log\.)/

function logText(log: LogRow): string {
  const level = log.severityText ?? LEVELS[Math.floor((log.severity - 1) / 4)] ?? ''
  const fields = Object.entries(log.attributes)
    .filter(([name]) => !HIDDEN.test(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const body = typeof log.body === 'string' ? log.body : JSON.stringify(log.body)
  return [level.toUpperCase(), body, ...fields].join(' ')
}

function duration(ms: number): string {
  return `${ms.toFixed(1)} ms`.padStart(10)
}
