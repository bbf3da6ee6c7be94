// What an app can observe of each library (libraries/behaviour/) is the same with the preload as without: values,
// errors, identities, listeners, order, exit code, stderr; but for what src/pages/ lists with its reason.
import { startViewer, type Viewer } from '@waybill/viewer'
import { startPostgres } from '../../../demo/src/infra/postgres.ts'
import { lanes } from '../../../packages/node/test/support/lanes.ts'
import { differingLines, transcripts } from '../../src/behaviour.ts'
import type { System } from '../../src/cases.ts'
import { PAGES } from '../../src/pages.ts'
import type { Page } from '../../src/pages/page.ts'

const SYSTEMS: readonly System[] = ['CommonJS', 'ES module']
interface Job {
  readonly page: Page
  readonly system: System
}
const JOBS = new Map<string, Job>(
  PAGES.flatMap((page) => SYSTEMS.map((system) => [`${page.name}, ${system}`, { page, system }])),
)

let viewer: Viewer
let postgres: Awaited<ReturnType<typeof startPostgres>>
let runs: Map<string, ReturnType<typeof transcripts>>

beforeAll(async () => {
  ;[viewer, postgres] = await Promise.all([startViewer({ grpcPort: 0, httpPort: false }), startPostgres()])
  runs = lanes([...JOBS.keys()], 2, start)
}, 60_000)
afterAll(async () => {
  await Promise.allSettled(runs?.values() ?? [])
  await postgres?.stop()
  await viewer?.close()
})

const stale = new Map(PAGES.map((page) => [page.name, new Set(page.differs)]))

describe.each(PAGES)('$name', (page) => {
  test.each(SYSTEMS)(
    '%s',
    async (system) => {
      const service = `${page.name}, ${system}`
      const { bare, preload } = await runs.get(service)!
      const lines = differingLines(bare.stdout, preload.stdout)
      const unknown = lines.filter((line) => {
        const known = page.differs?.filter((one) => one.line.test(line)) ?? []
        for (const one of known) stale.get(page.name)!.delete(one)
        return known.length === 0
      })
      expect({ unknown, code: preload.code, stderr: steady(preload.stderr) }).toEqual({
        unknown: [],
        code: bare.code,
        stderr: steady(bare.stderr),
      })
      // The page came to its end, and Waybill was there.
      expect(bare.stdout).toMatch(/^exit: 0 /m)
      expect(viewer.spans({ service }).length > 0).toBe(!page.silent)
    },
    60_000,
  )
})

test('every listed difference is there', () => {
  expect([...stale].filter(([, differs]) => differs.size > 0)).toEqual([])
})

function start(service: string): ReturnType<typeof transcripts> {
  const { page, system } = JOBS.get(service)!
  return transcripts(page, system, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_SERVICE_NAME: service,
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
      POSTGRES_URL: postgres.url,
    },
  })
}

/** Libraries print errors with their stacks: the frames are not compared here. */
function steady(text: string): string {
  return text.replaceAll(/\n\s+at [^\n]*/g, '').replaceAll(/\(node:\d+\)/g, '(node)')
}
