import type { SpanRow } from '@waybill/viewer'
import type { Case } from './cases.ts'
import { dedent, draw } from './draw.ts'
import type { Outcome } from './node.ts'

/** What a case came to, beside what it should have: equal where all is well. */
export interface Verdict {
  readonly code: number | null
  readonly stderr: string
  readonly spans: string
  /** Does each line have the ids of the server's span? */
  readonly ids: boolean
}

export const expected = ({ spans }: Case): Verdict => ({
  code: 0,
  stderr: '',
  spans: dedent(spans),
  ids: true,
})

export function judge(one: Case, { code, stdout, stderr }: Outcome, spans: readonly SpanRow[]): Verdict {
  return { code, stderr, spans: draw(spans), ids: !one.ids || hasIds(stdout, spans) }
}

function hasIds(stdout: string, spans: readonly SpanRow[]): boolean {
  const server = spans.find(({ kind }) => kind === 2)
  const lines = stdout.trim().split('\n')
  return lines.every((line) => {
    const { trace_id: traceId, span_id: spanId } = JSON.parse(line) as Record<string, unknown>
    return server !== undefined && traceId === server.traceId && spanId === server.spanId
  })
}
