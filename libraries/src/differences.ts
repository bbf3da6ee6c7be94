import type { Difference } from './compare.ts'

/** What Waybill tells otherwise than upstream's preload, and why. Fields that are left out match anything. */
export interface Known {
  readonly reason: string
  readonly scenario?: string
  readonly place?: RegExp
  readonly field: string
  readonly upstream?: string
  readonly waybill?: string
}

/** Spans that upstream makes and Waybill does not, by name; they are taken away before the rest is compared. */
export const NOT_MADE: readonly { readonly name: RegExp; readonly reason: string }[] = [
  { name: /^(tcp|tls)\.connect$/, reason: 'a span for each socket helps few; `net` is off unless named' },
  { name: /^dns\.lookup$/, reason: 'a span for each look-up helps few; `dns` is off unless named' },
  { name: /^pg\.connect$/, reason: 'pg: `ignoreConnectSpans`, a query is what a person asks about' },
  { name: /^pg-pool\.connect$/, reason: 'pg: `ignoreConnectSpans`, as above' },
  {
    name: /^(middleware|router) - |^request handler( - |$)/,
    reason: 'express: a span for each middleware helps few',
  },
]

export const KNOWN: readonly Known[] = [
  { field: 'operation_id', upstream: '-', waybill: 'ID', reason: 'the operation is on every span' },

  // HTTP.
  { field: 'error.type', upstream: '"Error"', reason: 'the code of an error says what its class does not' },
  { field: 'error.type', upstream: '"AbortError"', waybill: '"ABORT_ERR"', reason: 'its code, as above' },
  {
    field: 'error.type',
    upstream: '23',
    waybill: '"TimeoutError"',
    reason: 'DOMException: its code is a number that tells nothing',
  },
  {
    field: 'error.type',
    upstream: '-',
    waybill: '"ECONNRESET"',
    reason: 'a request that got no answer, or half of one, has failed; upstream says 200, or nothing',
  },
  {
    place: /server/,
    field: 'http.response.status_code',
    upstream: '200',
    waybill: '-',
    reason: 'none was sent',
  },
  { place: /server/, field: 'status', upstream: '0', waybill: '2', reason: 'none was sent' },
  {
    place: /client/,
    field: 'status',
    upstream: '0',
    waybill: '2 aborted',
    reason: 'half of the answer came',
  },
  { place: /client/, field: 'event 1', upstream: '-', reason: 'half of the answer came' },
  {
    field: 'http.request.method_original',
    waybill: '-',
    reason: 'only for methods that `http.request.method` does not name, as the conventions have it',
  },
  { place: /client/, field: 'url.query', reason: 'without its `?`; none where there is none' },
  {
    place: /user in (options|URL)/,
    field: 'url.full',
    reason: 'no word of credentials; upstream writes REDACTED:REDACTED@',
  },
  {
    place: /query|nobody handles it/,
    field: 'url.full',
    reason: 'values in a query are not shown, but for a few that tell nothing of people',
  },
  { field: 'user_agent.original', upstream: '-', reason: 'whatever the case of the name of the header' },

  // Databases.
  { scenario: 'pg', field: 'db.query.text', reason: 'literals are not shown' },
]

/** Spans of upstream without those that are not made here, whose children move up. */
export function withoutNotMade<Span extends { spanId: string; parentSpanId?: string; name: string }>(
  spans: readonly Span[],
): Span[] {
  const gone = new Map(
    spans
      .filter(({ name }) => NOT_MADE.some((one) => one.name.test(name)))
      .map((span) => [span.spanId, span]),
  )
  const parentOf = (id: string | undefined): string | undefined =>
    id !== undefined && gone.has(id) ? parentOf(gone.get(id)!.parentSpanId) : id
  return spans
    .filter(({ spanId }) => !gone.has(spanId))
    .map(({ parentSpanId, ...span }) => {
      const parent = parentOf(parentSpanId)
      return { ...span, ...(parent !== undefined && { parentSpanId: parent }) } as unknown as Span
    })
}

export function explains(known: Known, scenario: string, difference: Difference): boolean {
  return (
    (known.scenario ?? scenario) === scenario &&
    (known.place?.test(difference.place) ?? true) &&
    known.field === difference.field &&
    (known.upstream ?? difference.upstream) === difference.upstream &&
    (known.waybill ?? difference.waybill) === difference.waybill
  )
}
