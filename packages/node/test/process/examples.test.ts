import { join } from 'node:path'
import { run } from '../support/run.ts'

const EXAMPLES = '../../../../../examples'

test.each(['app.cjs', 'app.mjs'])(
  'express/%s prints two spans of one trace, and a line with their ids',
  async (file) => {
    const { code, stdout, stderr } = await run(join(EXAMPLES, 'express', file), {
      env: { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none' },
    }).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [, traceId] = /"trace_id":"([0-9a-f]{32})"/.exec(stdout) ?? []
    expect(stdout.split(`traceId: '${traceId}'`).length - 1).toBeGreaterThanOrEqual(2)
    expect(stdout).toContain(`name: 'GET /parcels/:id'`)
    expect(stdout).toContain(`name: 'GET'`)
  },
)

test('operations/app.mjs: the lines of one run share an id, and the last line has none', async () => {
  const { code, stdout, stderr } = await run(join(EXAMPLES, 'operations/app.mjs'), {
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  }).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const [first] = lines
  expect(first?.['operation_id']).toMatch(/^[0-9a-f]{8}$/)
  expect(lines.map(({ operation_id, tenant }) => [operation_id === first?.['operation_id'], tenant])).toEqual(
    [
      [true, undefined],
      [true, 'north'],
      [true, 'south'],
      [false, undefined],
    ],
  )
})

test('start/app.mjs: started in code; the health check is dropped, a header captured', async () => {
  const { code, stdout, stderr } = await run(join(EXAMPLES, 'start/app.mjs'), {
    flags: ['--conditions=@waybill/source'],
    env: { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_SERVICE_NAME: 'others' },
  }).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`'service.name': 'parcels'`)
  expect(stdout).toContain(`name: 'GET /parcels/:id'`)
  expect(stdout).toContain(`'http.request.header.x-tenant': [ 'north' ]`)
  expect(stdout).not.toContain(`name: 'GET /healthz'`)
  expect(stdout).toMatch(/delivered\n$/)
})
