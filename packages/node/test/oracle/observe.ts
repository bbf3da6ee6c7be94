import type { Ended } from './run.ts'
import { recordsOf, type Tree } from './records.ts'
import type { Request } from './receiver.ts'
import type { Observed } from './types.ts'

/** The lines that were said: code, and the variable with what was read of it. */
export function saidIn({ stderr }: Ended): string[] {
  const lines = stderr.match(/WAYBILL_\w+(?=: )(?:: (?:OTEL|WAYBILL)_\S+)?/g) ?? []
  return [...new Set(lines)].map((line) => line.replace(/:\d{4,5}/g, ':PORT')).sort()
}

/** Everything of a run that is compared. */
export function observed({ seen }: Ended, requests: readonly Request[]): Observed {
  const of = (signal: Request['signal']): readonly Request[] =>
    requests.filter((request) => request.signal === signal)
  const signalOf = (signal: 'traces' | 'metrics' | 'logs'): Tree =>
    recordsOf(
      of(signal).map(({ content }) => content),
      signal,
    )
  return {
    code: seen['threw'] === undefined ? 0 : 1,
    seen,
    sent: Object.fromEntries(
      (['traces', 'metrics', 'logs', 'zipkin'] as const).map((signal) => [signal, mannersOf(of(signal))]),
    ),
    traces: signalOf('traces'),
    metrics: signalOf('metrics'),
    logs: signalOf('logs'),
    zipkin: zipkinOf(of('zipkin')),
    batches: { traces: largest(of('traces')) },
  }
}

/** Each manner of sending once. */
function mannersOf(requests: readonly Request[]): Tree[] {
  const texts = new Set(requests.map(({ manner }) => JSON.stringify(manner)))
  return [...texts].sort().map((text) => JSON.parse(text) as Tree)
}

/** Spans of the largest request. */
function largest(requests: readonly Request[]): number {
  const sizes = requests.map(({ content }) => {
    const { records } = recordsOf([content], 'traces') as { records: object }
    return Object.keys(records).length
  })
  return Math.max(0, ...sizes)
}

function zipkinOf(requests: readonly Request[]): Tree {
  const spans = requests.flatMap(({ content }) => content as unknown as Tree[])
  return Object.fromEntries(
    spans.map(
      ({ id: _i, traceId: _t, timestamp: _s, duration: _d, parentId, annotations, tags, ...rest }) => [
        rest['name'] as string,
        {
          ...rest,
          child: parentId !== undefined,
          annotations: (annotations as { value: string }[] | undefined)?.map(({ value }) =>
            value.replaceAll(/\\n.*?"/g, '"'),
          ),
          tags: { ...(tags as Tree), ...('operation_id' in (tags as Tree) && { operation_id: '(own)' }) },
        },
      ],
    ),
  )
}
