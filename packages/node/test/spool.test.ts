import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { folderOf } from '../src/export/spool/folder.ts'
import { nameOf, parseName, shortHash, type Entry } from '../src/export/spool/name.ts'
import { isAlive, thisOwner } from '../src/export/spool/owner.ts'
import { Spool, type Parcel } from '../src/export/spool/spool.ts'
import type { Signal } from '../src/options/read.ts'

const HOST = shortHash('collector')
let dir: string
let lost: { signal: Signal; items: number; reason: string }[]
let damaged: Signal[]
let lines: string[]

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-spool-'))
  lost = []
  damaged = []
  lines = []
  ;(globalThis as { [key: symbol]: unknown })[Symbol.for('waybill.reported')] = new Set()
  const real = jest.requireActual<typeof fs>('node:fs')
  const { writeSync } = real
  jest
    .spyOn(real, 'writeSync')
    .mockImplementation(((fd: number, ...rest: [string]) =>
      fd === 2 ? lines.push(rest[0].trim()) : writeSync(fd, ...rest)) as never)
})
afterEach(() => {
  jest.restoreAllMocks()
  rmSync(dir, { recursive: true, force: true })
})

let owners = 0
/** Each one is as another live thread of this process would be. */
function spool(maxBytes = 1 << 20, service = 'shop', owner = `${thisOwner()}${owners++}`): Spool {
  const on = {
    lost: (signal: Signal, items: number, reason: string) => void lost.push({ signal, items, reason }),
    damaged: (signal: Signal) => void damaged.push(signal),
  }
  const made = new Spool({ dir, maxBytes, service }, on, owner)
  made.look()
  return made
}
const parcel = (text: string, more: Partial<Parcel> = {}): Parcel => ({
  signal: 'traces',
  content: 'protobuf',
  items: 3,
  body: Buffer.from(text),
  unsure: false,
  url: 'http://collector:4317/',
  host: HOST,
  ...more,
})
const claim = (from: Spool, signal: Signal = 'traces'): ReturnType<Spool['claim']> =>
  from.claim(signal, HOST, ['protobuf', 'json'])
const text = (taken: ReturnType<Spool['claim']>): string | undefined =>
  taken && Buffer.from(taken.body).toString()
/** All that can be taken, delivered and deleted. */
function drain(from: Spool): string[] {
  const bodies: string[] = []
  for (let next = claim(from); next; next = claim(from)) {
    bodies.push(text(next)!)
    from.remove(next.entry)
  }
  return bodies
}
const files = (): string[] => readdirSync(join(dir, 'shop')).toSorted()

test('what one writes another reads, in order, whole; delivered is deleted', () => {
  const first = spool()
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256))
  first.write(parcel('one'))
  first.write(parcel('two'))
  first.write(parcel('', { body }))
  const next = spool()
  expect(text(claim(next))).toBe('one')
  expect(text(claim(next))).toBe('two')
  const last = claim(next)!
  expect(Buffer.from(last.body).equals(body)).toBe(true)
  expect(next.remove(last.entry)).toBe(true)
  expect(files()).toHaveLength(2)
  expect(lines).toEqual([])
})

test("the folder and its files are the user's alone; no header, no credential in them", () => {
  spool().write(parcel('x'))
  const folder = join(dir, 'shop')
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  const [file] = files()
  expect(statSync(join(folder, file!)).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(folder, file!), 'latin1').slice(16)).toBe(
    '{"service":"shop","url":"http://collector:4317/","signal":"traces","content":"protobuf","items":3}x',
  )
})

test('what is released comes back in its place; what is released last, last', () => {
  const one = spool()
  for (const body of ['a', 'b', 'c']) one.write(parcel(body))
  const a = claim(one)!
  one.release(a, true)
  const again = claim(one)!
  expect([text(again), again.entry.unsure]).toEqual(['a', true])
  one.release(again, false, true)
  expect(drain(one)).toEqual(['b', 'c', 'a'])
})

test('two on one spool: each file goes to one of them', () => {
  const writer = spool()
  for (let i = 0; i < 40; i++) writer.write(parcel(String(i)))
  const [one, two] = [spool(), spool()]
  const taken: string[] = []
  for (;;) {
    const a = claim(one)
    const b = claim(two)
    if (!a && !b) break
    for (const each of [a, b]) if (each) taken.push(text(each)!)
  }
  expect(taken.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => String(i)).toSorted())
})

test('another host, another signal, a form that cannot be sent: left alone', () => {
  const one = spool()
  one.write(parcel('elsewhere', { host: shortHash('elsewhere') }))
  one.write(parcel('log', { signal: 'logs' }))
  one.write(parcel('json', { content: 'json' }))
  expect(one.claim('traces', HOST, ['protobuf'])).toBeUndefined()
  expect(one.isEmpty(HOST)).toBe(false)
  expect(text(claim(one))).toBe('json')
  expect(text(claim(one, 'logs'))).toBe('log')
  expect(files()).toHaveLength(3)
})

test('a clock set back: what is written later is still later', () => {
  const one = spool()
  one.write(parcel('before'))
  const now = Date.now()
  jest.spyOn(Date, 'now').mockReturnValue(now - 3_600_000)
  one.write(parcel('after'))
  spool().write(parcel('after, by another'))
  expect(drain(spool())).toEqual(['before', 'after', 'after, by another'])
})

test('bounded: the oldest goes first, of whichever signal and process, and is counted', () => {
  const size = 60_000
  const body = Buffer.alloc(size)
  const [one, two] = [spool(5 * 65_536), spool(5 * 65_536)]
  one.write(parcel('', { body, signal: 'logs', items: 7 }))
  for (let i = 0; i < 4; i++) one.write(parcel('', { body }))
  expect(lost).toEqual([])
  two.look(0)
  two.write(parcel('', { body }))
  two.write(parcel('', { body }))
  const reason = expect.stringContaining('WAYBILL_SPOOL_MAX_BYTES') as string
  expect(lost).toEqual([
    { signal: 'logs', items: 7, reason },
    { signal: 'traces', items: 3, reason },
  ])
  expect(files()).toHaveLength(5)
  // More than all: not written, and nothing made room for it.
  expect(one.write(parcel('', { body: Buffer.alloc(400_000) }))).toBeUndefined()
  expect(files()).toHaveLength(5)
})

test('an owner that is gone: its files are taken over, as perhaps delivered; a live one keeps them', () => {
  const [place, , , thread] = thisOwner().split('-')
  const live = spool(1 << 20, 'shop', `${place}-${process.ppid}-${startOf(process.ppid)}-0`)
  live.write(parcel('held by a live one'))
  claim(live)
  const crashed = spool(1 << 20, 'shop', `${place}-999999999-1-${thread}`)
  crashed.write(parcel('held by a dead process'))
  claim(crashed)
  expect(files()).toHaveLength(2)
  const next = spool()
  const taken = claim(next)!
  expect([text(taken), taken.entry.unsure]).toEqual(['held by a dead process', true])
  expect(claim(next)).toBeUndefined()
})

test('a process id given out again is another process; a place that cannot be asked is waited for', () => {
  const self = thisOwner()
  const [place, pid, start] = self.split('-')
  const never = (): number => {
    throw new Error('not asked')
  }
  expect(isAlive(self, self, never)).toBe(true)
  expect(isAlive(`${place}-${process.ppid}-12345-0`, self, never)).toBe(process.platform !== 'linux')
  expect(isAlive(`${place}-${pid}-${start}-77`, self, never)).toBe(false)
  expect(isAlive(`00000000-1-1-0`, self, () => Date.now() - 60_000)).toBe(true)
  expect(isAlive(`00000000-1-1-0`, self, () => Date.now() - 3_600_000)).toBe(false)
})

test('in the hand of another machine: from when it was taken counts, not from when it was written', () => {
  const writer = spool()
  writer.write(parcel('x'))
  fs.utimesSync(join(dir, 'shop', files()[0]!), 1, 1)
  expect(claim(spool(1 << 20, 'shop', '00000000-1-1-0'))).toBeDefined()
  expect(claim(spool())).toBeUndefined()
  fs.utimesSync(join(dir, 'shop', files()[0]!), 1, 1)
  expect(claim(spool())).toBeDefined()
})

describe('damage', () => {
  test('any byte flipped, cut anywhere: set aside and counted, the next one is read', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        fc.option(fc.integer({ min: 1, max: 255 })),
        (body, where, flip) => {
          rmSync(join(dir, 'shop'), { recursive: true, force: true })
          lost = []
          damaged = []
          const one = spool()
          one.write(parcel('', { body, items: 5 }))
          const [file] = files()
          const path = join(dir, 'shop', file!)
          const bytes = readFileSync(path)
          const at = Math.floor(where * bytes.length)
          if (flip === null) fs.truncateSync(path, at)
          else writeFileSync(path, bytes.with(at, bytes[at]! ^ flip))
          one.write(parcel('next'))
          expect(drain(spool())).toEqual(['next'])
          expect(damaged).toEqual(['traces'])
          expect(lost).toMatchObject([{ signal: 'traces', items: 5 }])
          expect(files()).toEqual(['set-aside'])
        },
      ),
      { numRuns: 150 },
    )
  })

  const forged = (stamp: number): string =>
    nameOf({
      stamp,
      id: '0badf00d',
      host: HOST,
      items: 999_999_999,
      bytes: 9,
      unsure: false,
      signal: 'traces',
      content: 'protobuf',
      owner: undefined,
    })

  test('hostile files: links, folders, pipes, huge ones, forged names: none is followed, none is sent', () => {
    const one = spool()
    one.write(parcel('real'))
    const folder = join(dir, 'shop')
    const [real] = files()
    const secret = join(dir, 'secret')
    writeFileSync(secret, 'secret')
    symlinkSync(secret, join(folder, forged(1)))
    symlinkSync(join(dir, 'nowhere'), join(folder, forged(2)))
    // Whole, and in another place: a link to it is not followed.
    const elsewhere = join(dir, 'elsewhere')
    fs.copyFileSync(join(folder, real!), elsewhere)
    symlinkSync(elsewhere, join(folder, real!.replace(/^\d+/, '000000000000006')))
    // Opening it waits for a writer.
    execFileSync('mkfifo', [join(folder, forged(7))])
    fs.mkdirSync(join(folder, forged(3)))
    writeFileSync(join(folder, forged(3), 'inner'), 'kept')
    writeFileSync(join(folder, forged(4)), '')
    fs.truncateSync(join(folder, forged(4)), 5 * 1024 ** 3)
    writeFileSync(join(folder, forged(999_999_999_999_999)), 'waybill1 but nothing more')
    writeFileSync(join(folder, '../../../../etc/x'.replaceAll('/', '\n')), 'x')
    writeFileSync(join(folder, `${forged(5)}\n.otlp`), 'x')
    writeFileSync(join(folder, 'notes of a person.txt'), 'x')
    const next = spool()
    next.write(parcel('later'))
    expect(drain(next)).toEqual(['real', 'later'])
    expect(damaged).toHaveLength(7)
    // A forged count is not believed.
    expect(lost.reduce((sum, { items }) => sum + items, 0)).toBeLessThan(1000)
    expect(readFileSync(secret, 'utf8')).toBe('secret')
    // What has no name of ours is nobody's to move.
    expect(files()).toHaveLength(4)
    expect(lines).toEqual([expect.stringContaining('WAYBILL_SPOOL_DAMAGED')])
  })

  test('a hostile folder in the way of a full spool is passed', () => {
    const one = spool(5 * 65_536)
    const body = Buffer.alloc(60_000)
    one.write(parcel('', { body }))
    fs.mkdirSync(join(dir, 'shop', forged(1).replace('-9-', '-300000-')))
    one.look(0)
    expect(one.write(parcel('', { body }))).toBeDefined()
    expect(drain(spool())).toHaveLength(2)
  })

  test('what is set aside is bounded', () => {
    const one = spool()
    one.write(parcel('x'))
    for (let i = 1; i < 60; i++) writeFileSync(join(dir, 'shop', forged(i)), 'torn')
    expect(drain(spool())).toEqual(['x'])
    expect(damaged).toHaveLength(59)
    expect(readdirSync(join(dir, 'shop/set-aside'))).toHaveLength(16)
  })

  test('names: what is written is read back, and nothing else is a name', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (name) => parseName(name) === undefined))
    const number = fc.integer({ min: 0, max: 999_999_999 })
    const entry = fc.record<Omit<Entry, 'file'>>({
      stamp: fc.integer({ min: 0, max: 1e15 }),
      id: fc.constant('0badf00d'),
      host: fc.constant(HOST),
      items: number,
      bytes: number,
      unsure: fc.boolean(),
      signal: fc.constantFrom('traces', 'metrics', 'logs'),
      content: fc.constantFrom('protobuf', 'json'),
      owner: fc.option(fc.constant(thisOwner()), { nil: undefined }),
    })
    fc.assert(
      fc.property(entry, (each) => {
        const file = nameOf(each)
        expect(parseName(file)).toEqual({ ...each, file })
      }),
    )
  })
})

describe('a disk that does not do', () => {
  test.each([
    ['a link in place of the folder', () => symlinkSync(tmpdir(), join(dir, 'shop')), 'is not a folder'],
    ['a file in place of the folder', () => writeFileSync(join(dir, 'shop'), ''), 'is not a folder'],
  ])('%s: refused, said once, nothing is written', (_name, prepare, reason) => {
    prepare()
    const one = spool()
    expect(one.write(parcel('x'))).toBeUndefined()
    expect(one.write(parcel('x'))).toBeUndefined()
    expect(claim(one)).toBeUndefined()
    expect(lines.length).toBeLessThanOrEqual(2)
    expect(lines[0]).toMatch(/WAYBILL_SPOOL_FAILED/)
    expect(lines[0]).toContain(reason)
  })

  test('a folder that others may read is closed first', () => {
    fs.mkdirSync(join(dir, 'shop'), { mode: 0o777 })
    fs.chmodSync(join(dir, 'shop'), 0o777)
    spool().write(parcel('x'))
    expect(statSync(join(dir, 'shop')).mode & 0o777).toBe(0o700)
  })

  test("another user's folder: refused", () => {
    // Whoever runs this test: the folder seems to be somebody else's.
    fs.mkdirSync(join(dir, 'shop'))
    const uid = process.getuid!()
    jest.spyOn(process, 'getuid').mockReturnValue(uid + 1)
    const one = new Spool(
      { dir: '/', maxBytes: 1 << 20, service: join(dir, 'shop').slice(1) },
      { lost: () => {}, damaged: () => {} },
    )
    expect(one.write(parcel('x'))).toBeUndefined()
    expect(spool().write(parcel('x'))).toBeUndefined()
    expect(lines.some((line) => line.includes('belongs to another user'))).toBe(true)
  })

  test('a folder that cannot be made: said once, and tried again later', () => {
    writeFileSync(join(dir, 'file'), '')
    const one = new Spool(
      { dir: join(dir, 'file/inside'), maxBytes: 1 << 20, service: 'shop' },
      { lost: () => {}, damaged: () => {} },
    )
    expect(one.write(parcel('x'))).toBeUndefined()
    rmSync(join(dir, 'file'))
    expect(one.write(parcel('x'))).toBeUndefined()
    const later = performance.now() + 5001
    jest.spyOn(performance, 'now').mockReturnValue(later)
    expect(one.write(parcel('x'))).toBeDefined()
    expect(lines).toHaveLength(1)
  })
})

test('names of services: each has a folder of its own, in the folder of all', () => {
  expect(folderOf('/s', 'shop-api_2')).toBe('/s/shop-api_2')
  const hostile = ['..', '.', '', '../../etc', 'a/b', 'a_b', 'a\0b', 'ü'.repeat(500), 'set aside']
  const folders = hostile.map((name) => folderOf('/s', name))
  expect(new Set(folders).size).toBe(hostile.length)
  for (const folder of folders) expect(folder).toMatch(/^\/s\/[\w-]{0,64}(?:\.[0-9a-f]{8})?$/)
})

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
}
