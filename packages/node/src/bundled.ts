import type * as IndexModule from './index.ts'

/**
 * For a copy of this package inside of a bundle of the app: the files it reads one by one are not beside it. The
 * package itself may be installed where the bundle runs. Imports nothing: the preload's first file has it.
 *
 * @param file that the bundle says it is; undefined in a bundle that is an ES module
 * @returns the installed package; undefined, said in a line, where there is none
 */
export function installed(file: string | undefined): typeof IndexModule | undefined {
  const { createRequire } = process.getBuiltinModule('node:module')
  const path = process.getBuiltinModule('node:path')
  const bundle = path.resolve(file ?? process.argv[1] ?? 'app.js')
  try {
    return createRequire(bundle)('@waybill/node') as typeof IndexModule
  } catch {
    const line = `waybill: WAYBILL_BUNDLED: @waybill/node is bundled into ${bundle}, without the files it reads: nothing is traced. Keep it out of the bundle (esbuild: --external:@waybill/node) and install it where the app runs.`
    try {
      process.getBuiltinModule('node:fs').writeSync(2, `${line}\n`)
    } catch {
      // stderr is closed: there is no other place to say it.
    }
    return undefined
  }
}
