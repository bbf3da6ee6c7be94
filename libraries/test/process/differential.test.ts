// The spans of each scenario (libraries/differential/) under Waybill's preload are those of upstream's own, but
// for what src/differences.ts lists with its reason:
//
//   app: post                              app: post
//     client POST        upstream  =         client POST        Waybill
//       server POST                            server POST
//       tcp.connect      NOT_MADE                               + operation_id   KNOWN
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { startViewer, type SpanRow, type Viewer } from '@waybill/viewer'
import { startPostgres } from '../../../demo/src/infra/postgres.ts'
import { compare, place, type Difference } from '../../src/compare.ts'
import { explains, KNOWN, NOT_MADE, withoutNotMade } from '../../src/differences.ts'
import { PRELOAD, ROOT, runNode } from '../../src/node.ts'

/** Scenario → the spans it makes under Waybill, so that two empty drawings are not taken for equal ones. */
const SCENARIOS = { http: 63, https: 55, fetch: 97, pg: 25, grpc: 19, express: 16 }
const UPSTREAM = createRequire(join(ROOT, '../packages/node/package.json')).resolve(
  '@opentelemetry/auto-instrumentations-node/register',
)

interface Pair {
  readonly upstream: SpanRow[]
  readonly waybill: SpanRow[]
  readonly differences: Difference[]
}

let viewer: Viewer
let postgres: Awaited<ReturnType<typeof startPostgres>>
const pairs = new Map<string, Pair>()

beforeAll(async () => {
  ;[viewer, postgres] = await Promise.all([startViewer({ grpcPort: 0, httpPort: false }), startPostgres()])
  for (const scenario of Object.keys(SCENARIOS)) {
    const [upstream, waybill] = await Promise.all([
      spansOf(scenario, 'upstream', ['--require', UPSTREAM]),
      spansOf(scenario, 'waybill', PRELOAD),
    ])
    const differences = compare(place(withoutNotMade(upstream)), place(waybill))
    pairs.set(scenario, { upstream, waybill, differences })
  }
}, 120_000)
afterAll(async () => {
  await postgres?.stop()
  await viewer?.close()
})

async function spansOf(scenario: string, by: string, preload: readonly string[]): Promise<SpanRow[]> {
  const service = `${scenario}, ${by}`
  const outcome = await runNode([...preload, `differential/${scenario}.cjs`], {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      // Upstream's others ask the network where they are.
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      OTEL_SERVICE_NAME: service,
      POSTGRES_URL: postgres.url,
    },
  })
  expect({ service, ...outcome }).toEqual({ service, code: 0, stdout: '', stderr: '' })
  return viewer.spans({ service })
}

test.each(Object.entries(SCENARIOS))('%s: every difference is listed', (scenario, count) => {
  const { differences, waybill } = pairs.get(scenario)!
  const unknown = differences.filter((one) => !KNOWN.some((known) => explains(known, scenario, one)))
  expect(unknown).toEqual([])
  expect(waybill.filter(({ scope }) => scope !== 'app')).toHaveLength(count)
})

test('every listed difference is there', () => {
  const stale = KNOWN.filter(
    (known) =>
      ![...pairs].some(([scenario, { differences }]) =>
        differences.some((one) => explains(known, scenario, one)),
      ),
  )
  expect(stale).toEqual([])
})

test('every span that is not made is made by upstream, and never by Waybill', () => {
  const named = (by: 'upstream' | 'waybill', pattern: RegExp): boolean =>
    [...pairs.values()].some((pair) => pair[by].some(({ name }) => pattern.test(name)))
  expect(NOT_MADE.filter(({ name }) => !named('upstream', name))).toEqual([])
  expect(NOT_MADE.filter(({ name }) => named('waybill', name))).toEqual([])
})
