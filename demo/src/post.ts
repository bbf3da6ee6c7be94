import type { LogLine } from './service.ts'
import type { Planned, Posted } from './stories.ts'
import { until } from './until.ts'

/** Post a scan, as any client would, and read in scan-api's log which trace it is in. */
export async function post(url: string, planned: Planned, lines: readonly LogLine[]): Promise<Posted> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(planned.scan),
  })
  const body = await response.text()
  if (response.status !== 202)
    throw new Error(`scan-api answered ${response.status} to a scan: ${body.slice(0, 200)}`)
  const { scan_id: scanId } = JSON.parse(body) as { scan_id: string }
  const line = await until(
    () => `scan-api has not logged scan ${scanId}`,
    () => lines.find(({ fields }) => fields['scan_id'] === scanId),
    10_000,
  )
  const traceId = line.fields['trace_id']
  return { ...planned, scanId, traceId: typeof traceId === 'string' ? traceId : undefined }
}
