import { readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { folderOf } from '../src/export/spool/folder.ts'
import { shortHash } from '../src/export/spool/name.ts'
import { isAlive, thisOwner } from '../src/export/spool/owner.ts'
import { claim, drain, HOST, parcel, text, useDisk } from './support/spool.ts'
import { useSaid } from './support/said.ts'

const disk = useDisk()
const said = useSaid()

test('what one writes another reads, in order, whole; delivered is deleted', () => {
  const first = disk.spool()
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256))
  first.write(parcel('one'))
  first.write(parcel('two'))
  first.write(parcel('', { body }))
  const next = disk.spool()
  expect(text(claim(next))).toBe('one')
  expect(text(claim(next))).toBe('two')
  const last = claim(next)!
  expect(Buffer.from(last.body).equals(body)).toBe(true)
  expect(next.remove(last.entry)).toBe(true)
  expect(disk.files()).toHaveLength(2)
  expect(said.lines).toEqual([])
})

test("the folder and its files are the user's alone; no header, no credential in them", () => {
  disk.spool().write(parcel('x'))
  const folder = join(disk.dir, 'shop')
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  const [file] = disk.files()
  expect(statSync(join(folder, file!)).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(folder, file!), 'latin1').slice(16)).toBe(
    '{"service":"shop","url":"http://collector:4317/","signal":"traces","content":"protobuf","items":3}x',
  )
})

test('what is released comes back in its place; what is released last, last', () => {
  const one = disk.spool()
  for (const body of ['a', 'b', 'c']) one.write(parcel(body))
  const a = claim(one)!
  one.release(a, true)
  const again = claim(one)!
  expect([text(again), again.entry.unsure]).toEqual(['a', true])
  one.release(again, false, true)
  expect(drain(one)).toEqual(['b', 'c', 'a'])
})

test('two on one spool: each file goes to one of them', () => {
  const writer = disk.spool()
  for (let i = 0; i < 40; i++) writer.write(parcel(String(i)))
  const [one, two] = [disk.spool(), disk.spool()]
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
  const one = disk.spool()
  one.write(parcel('elsewhere', { host: shortHash('elsewhere') }))
  one.write(parcel('log', { signal: 'logs' }))
  one.write(parcel('json', { content: 'json' }))
  expect(one.claim('traces', HOST, ['protobuf'])).toBeUndefined()
  expect(one.isEmpty(HOST)).toBe(false)
  expect(text(claim(one))).toBe('json')
  expect(text(claim(one, 'logs'))).toBe('log')
  expect(disk.files()).toHaveLength(3)
})

test('a clock set back: what is written later is still later', () => {
  const one = disk.spool()
  one.write(parcel('before'))
  const now = Date.now()
  jest.spyOn(Date, 'now').mockReturnValue(now - 3_600_000)
  one.write(parcel('after'))
  disk.spool().write(parcel('after, by another'))
  expect(drain(disk.spool())).toEqual(['before', 'after', 'after, by another'])
})

test('bounded: the oldest goes first, of whichever signal and process, and is counted', () => {
  const size = 60_000
  const body = Buffer.alloc(size)
  const [one, two] = [disk.spool(5 * 65_536), disk.spool(5 * 65_536)]
  one.write(parcel('', { body, signal: 'logs', items: 7 }))
  for (let i = 0; i < 4; i++) one.write(parcel('', { body }))
  expect(disk.lost).toEqual([])
  two.look(0)
  two.write(parcel('', { body }))
  two.write(parcel('', { body }))
  const reason = expect.stringContaining('WAYBILL_SPOOL_MAX_BYTES') as string
  expect(disk.lost).toEqual([
    { signal: 'logs', items: 7, reason },
    { signal: 'traces', items: 3, reason },
  ])
  expect(disk.files()).toHaveLength(5)
  // More than all: not written, and nothing made room for it.
  expect(one.write(parcel('', { body: Buffer.alloc(400_000) }))).toBeUndefined()
  expect(disk.files()).toHaveLength(5)
})

test('an owner that is gone: its files are taken over, as perhaps delivered; a live one keeps them', () => {
  const [place, , , thread] = thisOwner().split('-')
  const live = disk.spool(1 << 20, 'shop', `${place}-${process.ppid}-${startOf(process.ppid)}-0`)
  live.write(parcel('held by a live one'))
  claim(live)
  const crashed = disk.spool(1 << 20, 'shop', `${place}-999999999-1-${thread}`)
  crashed.write(parcel('held by a dead process'))
  claim(crashed)
  expect(disk.files()).toHaveLength(2)
  const next = disk.spool()
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
  const writer = disk.spool()
  writer.write(parcel('x'))
  utimesSync(join(disk.dir, 'shop', disk.files()[0]!), 1, 1)
  expect(claim(disk.spool(1 << 20, 'shop', '00000000-1-1-0'))).toBeDefined()
  expect(claim(disk.spool())).toBeUndefined()
  utimesSync(join(disk.dir, 'shop', disk.files()[0]!), 1, 1)
  expect(claim(disk.spool())).toBeDefined()
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
