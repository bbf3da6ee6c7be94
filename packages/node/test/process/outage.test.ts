import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import { grpcAnswer, grpcCollector, until, type Collector } from '../support/collector.ts'
import { freePort } from '../support/free-port.ts'
import { PRELOAD, run } from '../support/run.ts'

const CLOCK = join(__dirname, 'fixtures/clock.cjs')
let dir: string
let viewer: Viewer | undefined
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-outage-'))
})
afterEach(async () => {
  await viewer?.close()
  viewer = undefined
  rmSync(dir, { recursive: true, force: true })
})

const settings = (port: number, service: string): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  OTEL_SERVICE_NAME: service,
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_BSP_SCHEDULE_DELAY: '50',
  WAYBILL_SPOOL_DIR: dir,
})
const spooled = (service: string): string[] =>
  existsSync(join(dir, service))
    ? readdirSync(join(dir, service)).filter((name) => name.endsWith('.otlp'))
    : []

test('no collector when the app ends: on disk at once, and the next process of the service delivers it', async () => {
  const port = await freePort()
  // It is not this deadline that ends it.
  const env = { ...settings(port, 'outage'), WAYBILL_EXIT_TIMEOUT: '30000' }
  for (let i = 1; i <= 2; i++) {
    const started = performance.now()
    const { code, stderr } = await run('ends.cjs', { args: ['exit'], env }).ended
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(code).toBe(7)
    expect(stderr).toMatch(
      /^waybill: WAYBILL_EXPORT_FAILED: .*ECONNREFUSED.*\nwaybill: WAYBILL_SPOOLING: .*\n$/,
    )
    expect(spooled('outage')).toHaveLength(i)
  }
  viewer = await startViewer({ grpcPort: port, httpPort: 0 })
  // Another service leaves it alone.
  expect(await run('ends.cjs', { args: ['exit'], env: settings(port, 'other') }).ended).toMatchObject({
    code: 7,
  })
  expect(spooled('outage')).toHaveLength(2)

  const next = run('ends.cjs', { args: ['wait'], env })
  await until('the spool is empty', () => spooled('outage').length === 0)
  await until('it is said', () => next.stderr().includes('WAYBILL_REPLAYED: 2 spans'))
  next.child.kill('SIGTERM')
  await next.ended
  // outage: last words ×3, two of processes long gone; each once.
  expect(viewer.spans({ service: 'outage' })).toHaveLength(3)
  expect(new Set(viewer.spans({ service: 'outage' }).map(({ spanId }) => spanId)).size).toBe(3)
}, 60_000)

// Names stand as text in what arrives.
const ticksIn = (body: Buffer): string[] => body.toString('latin1').match(/tick \d+\./g) ?? []
const names = (...collectors: Collector[]): string[] =>
  collectors.flatMap(({ received }) => received.flatMap(({ body }) => ticksIn(body)))
const made = (stdout: string): string[] =>
  stdout.match(/made \d+\./g)!.map((line) => line.replace('made', 'tick'))

//   app ─► collector     spool ◄─ app, the clock is set ─► spool     app, spool ─► collector
const DAY = 86_400_000
test.each([
  ['the clock stands', 0],
  ['the clock is set back', -DAY],
  ['the clock is set forward', DAY],
])(
  'the collector goes and comes back while the app runs, %s: nothing is missing or doubled',
  async (_what, jump) => {
    let answers = true
    const unanswered: string[] = []
    const first = await grpcCollector(({ body }, stream) => {
      if (answers) grpcAnswer(stream)
      else unanswered.push(...ticksIn(body))
    })
    const set = join(dir, 'clock is set')
    const app = run('ticks.cjs', {
      flags: ['--require', CLOCK, ...PRELOAD],
      env: { ...settings(first.port, 'ticks'), CLOCK_JUMP: String(jump), CLOCK_SET: set },
    })
    await until('ticks arrive', () => names(first).includes('tick 20.'), 20_000)
    answers = false
    await first.heard()
    await first.close()
    await until('files are written', () => spooled('ticks').length >= 5, 20_000)
    writeFileSync(set, '')
    const before = spooled('ticks').length
    await until('more files are written', () => spooled('ticks').length >= before + 5, 20_000)
    const again = await grpcCollector(undefined, first.port)
    try {
      await until('all is delivered', () => app.stderr().includes('WAYBILL_REPLAYED'), 20_000)
      app.child.kill('SIGTERM')
      const { stdout, stderr, signal } = await app.ended
      expect(signal).toBe('SIGTERM')
      const arrived = names(first, again)
      expect(made(stdout).filter((name) => !arrived.includes(name))).toEqual([])
      const doubled = arrived.filter((name, i) => arrived.indexOf(name) !== i)
      expect(doubled.filter((name) => !unanswered.includes(name))).toEqual([])
      expect(names(again).length).toBe(new Set(names(again)).size)
      expect(spooled('ticks')).toEqual([])
      expect(stderr).not.toContain('LOST')
    } finally {
      await again.close()
    }
  },
  60_000,
)

//   request ─► collector, the process is stopped, its answer comes, the time for it passes, the process goes on
test('a process that sleeps in the middle of its requests, longer than it waits for answers: nothing is lost or doubled', async () => {
  const collector = await grpcCollector((_request, stream) => setTimeout(grpcAnswer, 300, stream))
  try {
    const app = run('ticks.cjs', {
      env: { ...settings(collector.port, 'sleeper'), OTEL_EXPORTER_OTLP_TIMEOUT: '1000' },
    })
    for (let i = 1; i <= 2; i++) {
      const before = collector.received.length
      await until('requests are on their way', () => collector.received.length >= before + 5, 20_000)
      app.child.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 2000))
      app.child.kill('SIGCONT')
    }
    const before = collector.received.length
    await until('it goes on', () => collector.received.length >= before + 5, 20_000)
    app.child.kill('SIGTERM')
    const { stdout, stderr } = await app.ended
    expect(names(collector).toSorted()).toEqual(made(stdout).toSorted())
    expect(stderr).toBe('')
  } finally {
    await collector.close()
  }
}, 60_000)

test('a process that ends while the collector is away, with telemetry waiting: at once, and it is on disk', async () => {
  const app = run('ticks.cjs', {
    // It is not this deadline that ends it.
    env: { ...settings(await freePort(), 'ending'), WAYBILL_EXIT_TIMEOUT: '20000' },
  })
  await until('it has failed', () => app.stderr().includes('WAYBILL_EXPORT_FAILED'), 20_000)
  const ended = performance.now()
  app.child.kill('SIGTERM')
  const { stderr, signal } = await app.ended
  expect(performance.now() - ended).toBeLessThan(10_000)
  expect(signal).toBe('SIGTERM')
  expect(spooled('ending').length).toBeGreaterThan(0)
  expect(stderr).not.toContain('LOST')
}, 30_000)

test('a collector that takes what is sent and never answers: the app ends in time, and nothing is lost', async () => {
  const silent = await grpcCollector(() => {})
  try {
    const app = run('ends.cjs', {
      args: ['wait'],
      env: { ...settings(silent.port, 'silent'), WAYBILL_EXIT_TIMEOUT: '900' },
    })
    await until('it is sent', () => silent.received.length > 0, 20_000)
    app.child.kill('SIGTERM')
    const { stderr, signal } = await app.ended
    expect(signal).toBe('SIGTERM')
    expect(stderr).toMatch(/^waybill: WAYBILL_SPOOLING/)
    expect(stderr).not.toContain('LOST')
    // Perhaps there: it was sent.
    expect(spooled('silent')).toEqual([expect.stringContaining('-1.traces.protobuf.otlp')])
  } finally {
    await silent.close()
  }
}, 30_000)

test('the folder cannot be written: said once, counted, and the app ends as it would', async () => {
  const env = { ...settings(await freePort(), 'readonly'), WAYBILL_SPOOL_DIR: '/proc/waybill' }
  const { code, stderr } = await run('ends.cjs', { args: ['exit'], env }).ended
  expect(code).toBe(7)
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringContaining('WAYBILL_EXPORT_FAILED'),
    expect.stringContaining('WAYBILL_SPOOL_FAILED'),
    expect.stringMatching(/WAYBILL_TELEMETRY_LOST: 1 span /),
  ])
}, 30_000)
