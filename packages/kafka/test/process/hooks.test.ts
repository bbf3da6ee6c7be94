import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startKafka } from '../../../../demo/src/infra/kafka.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

/** Run a fixture by Node; the JSON in the last line of its stdout. */
async function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning', ...args],
    { env: { PATH: process.env['PATH'], KAFKAJS_NO_PARTITIONER_WARNING: '1', ...env }, timeout: 20_000 },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as string[]
}

describe('kafkajs, loaded by the app', () => {
  let kafka: Awaited<ReturnType<typeof startKafka>>
  beforeAll(async () => void (kafka = await startKafka()), 30_000)
  afterAll(() => kafka.stop(), 15_000)

  // send scans
  test.each(['app.cjs', 'app.mjs'])(
    'is traced: %s',
    async (app) => {
      const preload = join(fixtures, 'preload.ts')
      const spans = await run(['--import', preload, join(fixtures, app)], { KAFKA_BROKERS: kafka.brokers[0] })
      expect(spans).toEqual(['send scans'])
    },
    30_000,
  )
})

test('the helpers load neither the instrumentation base nor kafkajs', async () => {
  const loaded = await run([join(fixtures, 'loaded.ts')])
  expect(loaded.filter((url) => url.includes('/kafka/src/')).length).toBeGreaterThan(5)
  expect(loaded.filter((url) => /@opentelemetry\/(?!api\/)|kafkajs/.test(url))).toEqual([])
}, 20_000)
