// The preload: node --require @waybill/node/register app.js
import { installed } from './bundled.ts'
import { codeCache } from './code-cache.ts'
import type * as StartModule from './start.ts'
import { isOff } from './switch.ts'

// Read in every process: where Waybill is off this file is all.
if (!isOff(process.env)) {
  const file = ownFile()
  if (file !== undefined && /node[/\\](?:dist|src)[/\\]register\.[jt]s$/.test(file)) {
    const start = readStart(file) as typeof StartModule
    start.preload()
  } else {
    installed(file)?.start()
  }
}

/** None in a bundle that is an ES module: the published form asks for `__filename`, which is not there. */
function ownFile(): string | undefined {
  try {
    return import.meta.filename
  } catch {
    return undefined
  }
}

function readStart(file: string): unknown {
  if (file.endsWith('.js')) return codeCache(module, file.slice(0, -'register.js'.length))('start.js')
  const { createRequire } = process.getBuiltinModule('node:module')
  return createRequire(file)('./start.ts')
}
