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
  const libraries = ['express@5.3.0', 'pino@10.4.0', 'kafkajs@2.2.4', '@opentelemetry/sdk-node@0.301.0']
  await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs, ...libraries], { cwd: app })
  for (const file of ['shop.cjs', 'shop.mjs', 'shop-body.cjs', 'own-sdk.cjs'])
    cpSync(join(__dirname, 'fixtures', file), join(app, file))
  cpSync(join(ROOT, 'examples/own-sdk'), join(app, 'examples/own-sdk'), { recursive: true })
}, 120_000)
afterAll(async () => {
  rmSync(app, { recursive: true, force: true })
  await kafka?.stop()
  await viewer?.close()
})

const env = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  WAYBILL_SPOOL: 'false',
  ...more,
})

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

  test('a process that loads nothing to instrument reads two files', async () => {
    const { stdout } = await run(
      node,
      ['--require', '@waybill/node/register', '-e', 'console.log(Object.keys(require.cache).length)'],
      { cwd: app, env: env() },
    )
    // Node 22.15 wants the hooks for imports at once, which are a third.
    expect(Number(stdout)).toBeLessThanOrEqual(3)
  })
})

test('a second start reads the compiled code of the first', async () => {
  const spy = `
    const { Script } = require('node:vm')
    require('node:vm').Script = class extends Script {
      constructor(source, options) {
        super(source, options)
        if (options.filename.includes('@waybill')) console.log(Boolean(options.cachedData) && !this.cachedDataRejected)
      }
    }`
  writeFileSync(join(app, 'spy.cjs'), spy)
  const args = ['--require', './spy.cjs', '--require', '@waybill/node/register', '-e', 'require("http")']
  const start = (): Promise<{ stdout: string }> => run(process.execPath, args, { cwd: app, env: env() })
  await start()
  const { stdout } = await start()
  expect(new Set(stdout.trim().split('\n'))).toEqual(new Set(['true']))
  expect(stdout.split('\n').length).toBeGreaterThan(3)
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
  ]) {
    expect(notices).toContain(`${name} `)
  }
})

interface Ended {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}
/** What `execFile` rejects with. */
type Failed = Ended & { readonly signal: string | null }

// The user's copy of the API is another one than that in Waybill's files.
describe('pieces in a NodeSDK of the user', () => {
  const ended = async (service: string, args: readonly string[], pieces: object = {}): Promise<Ended> => {
    const settings = env({
      ...to(viewer),
      WAYBILL_SPOOL: 'false',
      OTEL_LOGS_EXPORTER: 'otlp',
      SERVICE: service,
      PIECES: JSON.stringify(pieces),
    })
    try {
      return { code: 0, ...(await run(process.execPath, args, { cwd: app, env: settings })) }
    } catch (error) {
      const { code, signal, stdout, stderr } = error as Failed
      return { code: signal ?? code, stdout, stderr }
    }
  }

  // work ─ step, one operation, a log record of it, a count
  test.each([
    ['naturally', 0],
    ['exit', 7],
    ['throw', 1],
    ['signal', 'SIGTERM'],
    ['shutdown', 0],
  ])('all is delivered when it ends: %s', async (way, code) => {
    const service = `own sdk ${way}`
    const end = await ended(service, ['own-sdk.cjs', way])
    expect(end).toMatchObject({ code, stdout: '' })
    const spans = viewer.spans({ service })
    expect(spans.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b))).toEqual(['step', 'work'])
    const [step, work] = spans.toSorted((a, b) => a.name.localeCompare(b.name))
    expect(step).toMatchObject({ parentSpanId: work!.spanId, traceId: work!.traceId })
    expect(step!.attributes['operation_id']).toMatch(/^[0-9a-f]{8}$/)
    expect(step!.attributes['operation_id']).toBe(work!.attributes['operation_id'])
    expect(step!.attributes['url.full']).not.toContain('secret')
    expect(step!.resource).toMatchObject({
      'service.name': service,
      'telemetry.distro.name': '@waybill/node',
    })
    const logs = viewer.logs({ service })
    expect(logs.map(({ body, traceId }) => ({ body, traceId }))).toEqual([
      { body: 'at work', traceId: work!.traceId },
    ])
    expect(logs[0]!.attributes['operation_id']).toBe(work!.attributes['operation_id'])
    const names = new Set(viewer.metrics({ service }).map(({ name }) => name))
    expect([...names].filter((name) => /works|after/.test(name))).toEqual(['works'])
  })

  test('sampler, keep and ids: of the traces that are not chosen those in error are there', async () => {
    const pieces = { sampling: { ratio: 0, keep: { errors: true } }, traceIds: 'uuidv7' }
    await ended('own sdk dropped', ['own-sdk.cjs', 'naturally'], pieces)
    await ended('own sdk kept', ['own-sdk.cjs', 'naturally', 'fails'], pieces)
    const spans = viewer.spans({ service: 'own sdk kept' })
    const kept = Object.fromEntries(spans.map(({ name, attributes }) => [name, attributes['waybill.kept']]))
    expect(kept).toEqual({ step: 'error', work: 'error' })
    // Version 7.
    expect(spans[0]!.traceId[12]).toBe('7')
    expect(viewer.spans({ service: 'own sdk dropped' })).toEqual([])
  })

  test('wrong options are said, and a preload beside it', async () => {
    const { stderr } = await ended('own sdk wrong', ['own-sdk.cjs', 'naturally'], { protocol: 'grcp' })
    expect(stderr).toMatch(
      /^waybill: WAYBILL_BAD_VALUE: waybillNodeSdk\(\{…\}\) protocol=grcp is unknown.*\n$/,
    )
    const both = await ended('own sdk both', [
      '--require',
      '@waybill/node/register',
      'own-sdk.cjs',
      'naturally',
    ])
    expect(both.stderr).toContain('WAYBILL_STARTED_TWICE')
  })

  // GET (fetch) ─ GET /parcels/:id: express is an ES module's import, and its line has the server's ids
  test('examples/own-sdk: instrumentations of ES modules, and a processor beside ours', async () => {
    const args = ['--require', './examples/own-sdk/telemetry.cjs', 'examples/own-sdk/app.mjs']
    const { code, stdout, stderr } = await ended('', args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('\n2 spans\n')
    const spans = viewer.spans({ service: 'parcels' })
    expect(spans.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'GET',
      'GET /parcels/:id',
    ])
    const server = spans.find(({ name }) => name !== 'GET')!
    expect(server.parentSpanId).toBe(spans.find(({ name }) => name === 'GET')!.spanId)
    expect(stdout).toContain(`"span_id":"${server.spanId}"`)
  })
})
