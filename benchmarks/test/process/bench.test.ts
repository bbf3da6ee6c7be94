import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSpans } from '../../export/run.ts'
import { play } from '../../loss/play.ts'
import { runToEnd, start } from '../../processes.ts'
import { bareSdk, waybillSource } from '../../subjects.ts'

jest.setTimeout(60_000)

const ROOT = join(__dirname, '../../..')
const FOLDER = join(ROOT, 'packages/node')
const MAIN = ['--disable-warning=ExperimentalWarning', '--conditions=@waybill/source', 'benchmarks/main.ts']

test('export: spans of Waybill arrive, and the figures are those of the window', async () => {
  const load = { perSecond: 2000, window: 0.5, warmUp: { perSecond: 1000, seconds: 0.2 } }
  const way = { protocol: 'http', latency: 20 } as const
  const bare = await makeSpans(bareSdk, FOLDER, way, load)
  expect(bare).toMatchObject({ lost: 1200, share: 0, accepted: 0 })
  const own = await makeSpans(waybillSource, FOLDER, way, load)
  expect(own).toMatchObject({ lost: 0, share: 1 })
  for (const { made, cpu, mainCpu, delay } of [bare, own]) {
    expect(made).toBeGreaterThan(500)
    expect(made).toBeLessThan(2100)
    expect(mainCpu).toBeGreaterThan(0)
    // The two clocks are not read at the same moment.
    expect(cpu).toBeGreaterThan(mainCpu! * 0.9)
    expect(delay[0]).toBeGreaterThan(0.5)
    expect(delay[2]).toBeGreaterThanOrEqual(delay[1])
  }
})

test('loss: without an exporter all is lost, and nobody says so', async () => {
  const scenario = { name: 'exit', plan: { burst: 10, end: 'exit' } } as const
  const played = await play(scenario, 'grpc', bareSdk, FOLDER)
  expect(played).toMatchObject({ sent: 10, arrived: 0, duplicated: 0, counted: 0, onDisk: 0, notes: [] })
})

test('loss: the next process delivers what the last one left on disk', async () => {
  const next = { burst: 1, linger: 3000, end: 'natural' } as const
  const scenario = { name: 'dead', plan: { burst: 10, end: 'natural' }, dead: true, next } as const
  const played = await play(scenario, 'grpc', waybillSource, FOLDER)
  expect(played).toMatchObject({ sent: 11, arrived: 11, duplicated: 0, counted: 0, notes: [] })
  expect(played.onDisk).toBeGreaterThan(0)
})

test('the command writes a row for every metric, and judges', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  try {
    const json = join(folder, 'loss.json')
    const args = ['loss', '--source', '--peers', 'none', '--scenario', 'SIGINT', '--json', json]
    await runToEnd(process.execPath, [...MAIN, ...args], { cwd: ROOT })
    const { bench, node, rows } = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>
    expect({ bench, node }).toEqual({ bench: 'loss', node: process.version })
    for (const protocol of ['grpc', 'http']) {
      const scenario = `SIGINT right after the span, ${protocol}`
      for (const [metric, median] of [
        ['sent', 10],
        ['arrived', 10],
        ['lost', 0],
      ] as const) {
        expect(rows).toContainEqual(
          expect.objectContaining({ subject: 'waybill', scenario, metric, median, ratio: null }),
        )
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a command line that cannot be understood ends with 2 and says why', async () => {
  for (const [args, message] of [
    [['losses'], 'bench: no benchmark losses; known are'],
    [['startup', '--source'], 'bench: startup has no --source'],
  ] as const) {
    const running = start(process.execPath, [...MAIN, ...args], { cwd: ROOT })
    expect(await running.exited).toBe(2)
    expect(running.complaint()).toContain(message)
  }
})
