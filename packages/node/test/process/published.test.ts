import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startViewer, type Viewer } from '@waybill/viewer'
import { startKafka } from '../../../../demo/src/infra/kafka.ts'
import { to } from '../support/run.ts'

// What users get: packed tarballs, installed with npm in an empty folder outside the workspace.

const run = promisify(execFile)
const ROOT = join(__dirname, '../../../..')
/** Other Nodes to try as well, paths of their programs separated by commas. */
const NODES = [process.execPath, ...(process.env['WAYBILL_TEST_NODES']?.split(',') ?? [])]
let viewer: Viewer
let kafka: Awaited<ReturnType<typeof startKafka>>
let app: string

beforeAll(async () => {
  ;[viewer, kafka] = await Promise.all([startViewer({ grpcPort: 0, httpPort: false }), startKafka()])
  app = mkdtempSync(join(tmpdir(), 'published-'))
  await run('npm', ['run', 'pack', '--', join(app, 'tarballs')], { cwd: ROOT })
  writeFileSync(join(app, 'package.json'), '{ "private": true }')
  const tarballs = readdirSync(join(app, 'tarballs')).map((name) => join(app, 'tarballs', name))
  const libraries = ['express@5.3.0', 'pino@10.4.0', 'kafkajs@2.2.4']
  await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs, ...libraries], { cwd: app })
  for (const file of ['shop.cjs', 'shop.mjs', 'shop-body.cjs'])
    cpSync(join(__dirname, 'fixtures', file), join(app, file))
}, 120_000)
afterAll(async () => {
  rmSync(app, { recursive: true, force: true })
  await kafka?.stop()
  await viewer?.close()
})

const env = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], ...more })

describe.each(NODES)('under %s', (node) => {
  test.each(['shop.cjs', 'shop.mjs'])(
    '%s gives the whole trace, and ids in the lines',
    async (file) => {
      const service = `published ${file} ${node}`
      const { stdout } = await run(node, ['--require', '@waybill/node/register', file], {
        cwd: app,
        env: env({
          ...to(viewer),
          KAFKA_BROKERS: kafka.brokers.join(','),
          TOPIC: `t-${Date.now()}`,
          OTEL_SERVICE_NAME: service,
        }),
      })
      const spans = await viewer.waitFor(
        () => {
          const found = viewer.spans({ service })
          return found.length >= 4 && found
        },
        { what: '4 spans' },
      )
      expect(
        spans.map(({ name }) => name.replace(/t-\d+/, 'TOPIC')).toSorted((a, b) => a.localeCompare(b)),
      ).toEqual(['POST', 'POST /orders/:id', 'process TOPIC', 'send TOPIC'])
      const [traceId, ...others] = new Set(spans.map((span) => span.traceId))
      expect(others).toEqual([])
      expect(stdout.split(`"trace_id":"${traceId}"`)).toHaveLength(3)
    },
    60_000,
  )

  test('a process that loads nothing to instrument reads one file', async () => {
    const { stdout } = await run(
      node,
      ['--require', '@waybill/node/register', '-e', 'console.log(Object.keys(require.cache).length)'],
      { cwd: app, env: env() },
    )
    expect(Number(stdout)).toBeLessThanOrEqual(2)
  })
})

test('every package loads, by require and by import', async () => {
  const names = ['core', 'kafka', 'node', 'pino', 'pipeline', 'viewer'].map((name) => `@waybill/${name}`)
  const code = `for (const name of ${JSON.stringify(names)}) { require(name); await import(name) } console.log('loaded')`
  const { stdout } = await run(process.execPath, ['-e', `(async () => { ${code} })()`], {
    cwd: app,
    env: env(),
  })
  expect(stdout).toBe('loaded\n')
})

test('the notices of what is bundled are in the package', () => {
  const notices = readFileSync(join(app, 'node_modules/@waybill/node/THIRD-PARTY-NOTICES'), 'utf8')
  for (const name of [
    '@opentelemetry/sdk-trace',
    '@opentelemetry/api',
    '@opentelemetry/instrumentation-http',
    'require-in-the-middle',
  ]) {
    expect(notices).toContain(`${name} `)
  }
})
