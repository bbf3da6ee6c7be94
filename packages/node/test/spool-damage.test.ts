import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { nameOf, parseName, type Entry } from '../src/export/spool/name.ts'
import { thisOwner } from '../src/export/spool/owner.ts'
import { drain, HOST, parcel, useDisk } from './support/spool.ts'
import { useSaid } from './support/said.ts'

const disk = useDisk()
const said = useSaid()

test('any byte flipped, cut anywhere: set aside and counted, the next one is read', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.double({ min: 0, max: 0.9999, noNaN: true }),
      fc.option(fc.integer({ min: 1, max: 255 })),
      (body, where, flip) => {
        rmSync(join(disk.dir, 'shop'), { recursive: true, force: true })
        disk.lost = []
        disk.damaged = []
        const one = disk.spool()
        one.write(parcel('', { body, items: 5 }))
        const [file] = disk.files()
        const path = join(disk.dir, 'shop', file!)
        const bytes = readFileSync(path)
        const at = Math.floor(where * bytes.length)
        if (flip === null) truncateSync(path, at)
        else writeFileSync(path, bytes.with(at, bytes[at]! ^ flip))
        one.write(parcel('next'))
        expect(drain(disk.spool())).toEqual(['next'])
        expect(disk.damaged).toEqual(['traces'])
        expect(disk.lost).toMatchObject([{ signal: 'traces', items: 5 }])
        expect(disk.files()).toEqual(['set-aside'])
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
  const one = disk.spool()
  one.write(parcel('real'))
  const folder = join(disk.dir, 'shop')
  const [real] = disk.files()
  const secret = join(disk.dir, 'secret')
  writeFileSync(secret, 'secret')
  symlinkSync(secret, join(folder, forged(1)))
  symlinkSync(join(disk.dir, 'nowhere'), join(folder, forged(2)))
  // Whole, and in another place: a link to it is not followed.
  const elsewhere = join(disk.dir, 'elsewhere')
  copyFileSync(join(folder, real!), elsewhere)
  symlinkSync(elsewhere, join(folder, real!.replace(/^\d+/, '000000000000006')))
  // Opening it waits for a writer.
  execFileSync('mkfifo', [join(folder, forged(7))])
  mkdirSync(join(folder, forged(3)))
  writeFileSync(join(folder, forged(3), 'inner'), 'kept')
  writeFileSync(join(folder, forged(4)), '')
  truncateSync(join(folder, forged(4)), 5 * 1024 ** 3)
  writeFileSync(join(folder, forged(999_999_999_999_999)), 'waybill1 but nothing more')
  writeFileSync(join(folder, '../../../../etc/x'.replaceAll('/', '\n')), 'x')
  writeFileSync(join(folder, `${forged(5)}\n.otlp`), 'x')
  writeFileSync(join(folder, 'notes of a persdisk.txt'), 'x')
  const next = disk.spool()
  next.write(parcel('later'))
  expect(drain(next)).toEqual(['real', 'later'])
  expect(disk.damaged).toHaveLength(7)
  // A forged count is not believed.
  expect(disk.lost.reduce((sum, { items }) => sum + items, 0)).toBeLessThan(1000)
  expect(readFileSync(secret, 'utf8')).toBe('secret')
  // What has no name of ours is nobody's to move.
  expect(disk.files()).toHaveLength(4)
  expect(said.lines).toEqual([expect.stringContaining('WAYBILL_SPOOL_DAMAGED')])
})

test('a hostile folder in the way of a full spool is passed', () => {
  const one = disk.spool(5 * 65_536)
  const body = Buffer.alloc(60_000)
  one.write(parcel('', { body }))
  mkdirSync(join(disk.dir, 'shop', forged(1).replace('-9-', '-300000-')))
  one.look(0)
  expect(one.write(parcel('', { body }))).toBeDefined()
  expect(drain(disk.spool())).toHaveLength(2)
})

test('what is set aside is bounded', () => {
  const one = disk.spool()
  one.write(parcel('x'))
  for (let i = 1; i < 60; i++) writeFileSync(join(disk.dir, 'shop', forged(i)), 'torn')
  expect(drain(disk.spool())).toEqual(['x'])
  expect(disk.damaged).toHaveLength(59)
  expect(readdirSync(join(disk.dir, 'shop/set-aside'))).toHaveLength(16)
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
