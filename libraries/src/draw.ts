import type { SpanRow } from '@waybill/viewer'

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

/** Traces as text, a line a span: kind, name, `[route]`, `!` for an error; indented below their parent, sorted. */
export function draw(spans: readonly SpanRow[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const isRoot = ({ parentSpanId }: SpanRow): boolean => !parentSpanId || !ids.has(parentSpanId)
  const tree = (of: readonly SpanRow[], indent: string): string =>
    of
      .map((span) => {
        const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId)
        return `${indent}${label(span)}\n${tree(children, `${indent}  `)}`
      })
      .toSorted()
      .join('')
  return tree(spans.filter(isRoot), '').trimEnd()
}

function label({ kind, name, attributes, status }: SpanRow): string {
  const route = attributes['http.route']
  return [
    KINDS[kind],
    name,
    ...(route === undefined ? [] : [`[${route as string}]`]),
    ...(status === 2 ? ['!'] : []),
  ].join(' ')
}

/** A drawing as it is written in the source, without the indentation of the source. */
export function dedent(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const indent = Math.min(...lines.map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent).trimEnd()).join('\n')
}
