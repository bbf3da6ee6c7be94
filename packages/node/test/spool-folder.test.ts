import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spool } from '../src/export/spool/spool.ts'
import { claim, parcel, useDisk } from './support/spool.ts'
import { useSaid } from './support/said.ts'

const disk = useDisk()
const said = useSaid()

test.each([
  ['a link in place of the folder', () => symlinkSync(tmpdir(), join(disk.dir, 'shop')), 'is not a folder'],
  ['a file in place of the folder', () => writeFileSync(join(disk.dir, 'shop'), ''), 'is not a folder'],
])('%s: refused, said once, nothing is written', (_name, prepare, reason) => {
  prepare()
  const one = disk.spool()
  expect(one.write(parcel('x'))).toBeUndefined()
  expect(one.write(parcel('x'))).toBeUndefined()
  expect(claim(one)).toBeUndefined()
  expect(said.lines.length).toBeLessThanOrEqual(2)
  expect(said.lines[0]).toMatch(/WAYBILL_SPOOL_FAILED/)
  expect(said.lines[0]).toContain(reason)
})

test('a folder that others may read is closed first', () => {
  mkdirSync(join(disk.dir, 'shop'), { mode: 0o777 })
  chmodSync(join(disk.dir, 'shop'), 0o777)
  disk.spool().write(parcel('x'))
  expect(statSync(join(disk.dir, 'shop')).mode & 0o777).toBe(0o700)
})

test("another user's folder: refused", () => {
  // Whoever runs this test: the folder seems to be somebody else's.
  mkdirSync(join(disk.dir, 'shop'))
  const uid = process.getuid!()
  jest.spyOn(process, 'getuid').mockReturnValue(uid + 1)
  const one = new Spool(
    { dir: '/', maxBytes: 1 << 20, service: join(disk.dir, 'shop').slice(1) },
    { lost: () => {}, damaged: () => {} },
  )
  expect(one.write(parcel('x'))).toBeUndefined()
  expect(disk.spool().write(parcel('x'))).toBeUndefined()
  expect(said.lines.some((line) => line.includes('belongs to another user'))).toBe(true)
})

test('a folder that cannot be made: said once, and tried again later', () => {
  writeFileSync(join(disk.dir, 'file'), '')
  const one = new Spool(
    { dir: join(disk.dir, 'file/inside'), maxBytes: 1 << 20, service: 'shop' },
    { lost: () => {}, damaged: () => {} },
  )
  expect(one.write(parcel('x'))).toBeUndefined()
  rmSync(join(disk.dir, 'file'))
  expect(one.write(parcel('x'))).toBeUndefined()
  const later = performance.now() + 5001
  jest.spyOn(performance, 'now').mockReturnValue(later)
  expect(one.write(parcel('x'))).toBeDefined()
  expect(said.lines).toHaveLength(1)
})
