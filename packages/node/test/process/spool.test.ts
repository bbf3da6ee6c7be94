import { spawn } from 'node:child_process'
import type * as fs from 'node:fs'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { Spool } from '../../src/export/spool/spool.ts'

let writerFile: string
let dir: string
beforeAll(async () => {
  // It starts hundreds of times, and seven times as fast as from its sources.
  writerFile = join(mkdtempSync(join(tmpdir(), 'waybill-writer-')), 'writer.cjs')
  await build({
    entryPoints: [join(__dirname, 'fixtures/spool-writer.ts')],
    outfile: writerFile,
    bundle: true,
    platform: 'node',
    conditions: ['@waybill/source'],
  })
})
afterAll(() => rmSync(dirname(writerFile), { recursive: true, force: true }))
beforeEach(() => {
  // A file torn by a kill is said, on stderr.
  jest.spyOn(jest.requireActual<typeof fs>('node:fs'), 'writeSync').mockReturnValue(0)
  dir = mkdtempSync(join(tmpdir(), 'waybill-crash-'))
})
afterEach(() => {
  jest.restoreAllMocks()
  rmSync(dir, { recursive: true, force: true })
})

/** Facts that a writer tells, until it is killed after `lines` of them (and a little), or ends. */
function writer(folder: string, from: number, lines: number, jitter = 0): Promise<string[]> {
  const child = spawn(process.execPath, [writerFile, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const before = text.split('\n').length
    text += chunk.toString()
    // Somewhere within what it does then: busy-wait for less than one write takes.
    if (before <= lines && text.split('\n').length > lines) {
      const until = performance.now() + jitter
      while (performance.now() < until);
      child.kill('SIGKILL')
    }
  })
  // A line cut off is no fact.
  return new Promise((resolve) => child.on('close', () => resolve(text.split('\n').slice(0, -1))))
}

interface Left {
  readonly bodies: { number: number; whole: boolean; unsure: boolean }[]
  readonly damaged: number
}

/** What the next process of the service finds and delivers. */
function drain(folder: string): Left {
  const left = { bodies: [] as Left['bodies'], damaged: 0 }
  const options = { dir: folder, maxBytes: 1 << 24, service: 'crash' }
  const spool = new Spool(options, { lost: () => {}, damaged: () => void left.damaged++ })
  spool.look()
  const claim = (): ReturnType<Spool['claim']> => spool.claim('traces', '00000000', ['protobuf'])
  for (let taken = claim(); taken; taken = claim()) {
    const text = Buffer.from(taken.body).toString()
    const number = Number(text.split(' ')[0])
    const whole = text === `${number} `.padEnd(2000 + ((number * 7919) % 60_000), String(number % 10))
    left.bodies.push({ number, whole, unsure: taken.entry.unsure })
    spool.remove(taken.entry)
  }
  return left
}

const told = (facts: string[], kind: string): number[] =>
  facts.filter((fact) => fact.startsWith(`${kind} `)).map((fact) => Number(fact.slice(2)))

test('kill -9, 200 times: what was written is there, whole, once; what was deleted is not', async () => {
  const problems: string[] = []
  let runs = 0
  let taken = 0
  const lane = async (id: number): Promise<void> => {
    const folder = join(dir, String(id))
    while (runs < 200) {
      const run = runs++
      const facts = await writer(folder, run * 100_000, 5 + (run % 20), (run % 10) / 5)
      const { bodies } = drain(folder)
      const found = bodies.map(({ number }) => number)
      taken += found.length
      const written = new Set(told(facts, 'w'))
      const delivered = new Set(told(facts, 'd'))
      const removed = new Set(told(facts, 'r'))
      for (const number of written) {
        if (!delivered.has(number) && !found.includes(number)) problems.push(`${number} is lost`)
      }
      for (const { number, whole, unsure } of bodies) {
        if (!whole) problems.push(`${number} is torn`)
        if (removed.has(number)) problems.push(`${number} is back`)
        // A delivery that was not acknowledged in time is the one kind of duplicate, and is marked.
        if (delivered.has(number) && !unsure) problems.push(`${number} is doubled without a mark`)
      }
      if (new Set(found).size !== found.length) problems.push(`run ${run}: doubled`)
      if (found.some((number, i) => i > 0 && number < found[i - 1]!))
        problems.push(`run ${run}: out of order`)
    }
  }
  await Promise.all([lane(1), lane(2), lane(3)])
  expect(problems).toEqual([])
  // The runs did something.
  expect(taken).toBeGreaterThan(200)
}, 120_000)

test('two processes write to and deliver from one spool: each batch goes out once', async () => {
  const all = await Promise.all([writer(dir, 0, 150), writer(dir, 100_000, 150), writer(dir, 200_000, 150)])
  const facts = all.flat()
  const delivered = told(facts, 'd')
  expect(new Set(delivered).size).toBe(delivered.length)
  const left = drain(dir).bodies.map(({ number }) => number)
  for (const number of told(facts, 'w'))
    expect(left.includes(number) || delivered.includes(number)).toBe(true)
  for (const number of told(facts, 'r')) expect(left).not.toContain(number)
  expect(facts).not.toContain('damaged')
}, 30_000)

test('a disk that takes only a part of a file: nothing torn is left, it is said once, the app goes on', async () => {
  // The system's own limit on the size of files: a write ends in the middle, as on a full disk.
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -f 40; exec "$0" "$@"', process.execPath, writerFile, dir, '1', String(1 << 24)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect(code).toBe(0)
  expect(told(stdout.split('\n'), 'f').length).toBeGreaterThan(0)
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^waybill: WAYBILL_SPOOL_FAILED: cannot write to .*(EFBIG|ENOSPC)/),
  ])
  const { bodies, damaged } = drain(dir)
  expect(bodies.every(({ whole }) => whole)).toBe(true)
  expect(damaged).toBe(0)
  expect(existsSync(join(dir, 'crash/set-aside'))).toBe(false)
  expect(readdirSync(join(dir, 'crash'))).toEqual([])
})
