// Apps that are bundled.
import { join } from 'node:path'
import { build } from 'esbuild'
import { BASE, PRELOAD, query, REGISTER } from '../support/app-folder.ts'
import { fine, SERVE, usePlace } from '../support/places.ts'

const place = usePlace('bundles')

const bundle = async (name: string, contents: string, options: object = {}): Promise<void> => {
  await build({
    stdin: { contents, resolveDir: place.app.path },
    outfile: join(place.app.path, name),
    bundle: true,
    platform: 'node',
    ...options,
  })
}
const PAD = `globalThis.pad = '${'x'.repeat(100_000)}'`
const register = JSON.stringify(REGISTER)

test.each(['cjs', 'esm'] as const)(
  'one that starts Waybill first, kept out of it (%s): HTTP is traced, and the library inside is named',
  async (format) => {
    const contents = `import ${register}; import http from 'node:http'; import mysql from 'mysql'; ${PAD}
      ${SERVE}
      ${query('inside')}
      setTimeout(() => {}, 1500)`
    const file = `bundle.${format === 'cjs' ? 'cjs' : 'mjs'}`
    await bundle(file, contents, { format, external: [REGISTER] })
    const { code, stderr } = await place.app.run([...BASE, file], { env: place.settings(`bundle ${format}`) })
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^waybill: WAYBILL_BUNDLED: bundled into [^\n]*, so not traced: mysql\. Keep them out [^\n]*--external:mysql\)\.\n$/,
    )
    expect(await place.spans(`bundle ${format}`, 2)).toEqual(['2 GET', '3 GET'])
  },
  60_000,
)

test('one with the preload: what is kept out of it is traced', async () => {
  await bundle('external.cjs', `import mysql from 'mysql'; ${query('outside')}`, { packages: 'external' })
  expect(
    await place.app.run([...PRELOAD, 'external.cjs'], { env: place.settings('external') }),
  ).toMatchObject(fine)
  expect(await place.spans('external', 1)).toHaveLength(1)
}, 60_000)

test.each(['cjs', 'esm'] as const)(
  'one with Waybill in it: the app runs, and it is said (%s)',
  async (format) => {
    const file = `inside.${format === 'cjs' ? 'cjs' : 'mjs'}`
    // In the published form these are so.
    const define = { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' }
    await bundle(file, `import ${register}; console.log('runs')`, { format, define })
    const { code, stdout, stderr } = await place.app.run([file], { env: place.settings('inside') })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' })
    expect(stderr).toMatch(/^waybill: WAYBILL_BUNDLED: @waybill\/node is bundled into [^\n]*\.\n$/)
  },
  60_000,
)
