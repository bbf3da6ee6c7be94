import { open } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { report } from '@waybill/core/report'
import { packageName } from './integrations/package-name.ts'
import type { Integration } from './integrations/table.ts'

/** A file that people write by hand is smaller, in bytes. */
const LIKELY_BUNDLE = 100_000
const MAX_READ = 16 * 1024 * 1024

/**
 * Say which libraries that are traced are inside of `file`, where no hook sees them. Bundlers leave the paths of
 * what they took in comments or keys, unless they minify.
 */
export async function tellBundled(
  file: string,
  byModule: ReadonlyMap<string, readonly Integration[]>,
): Promise<void> {
  const found = new Set<string>()
  for (const [path] of (await begin(file)).matchAll(PATH)) {
    const name = packageName(path)
    // Those that only listen hear a bundled library too.
    if (name !== undefined && !isBuiltin(name) && byModule.get(name)?.some(({ listens }) => !listens))
      found.add(name)
  }
  if (found.size === 0) return
  const names = [...found].toSorted((a, b) => a.localeCompare(b))
  const message = `bundled into ${file}, so not traced: ${names.join(', ')}. Keep them out of the bundle (esbuild: ${names.map((name) => `--external:${name}`).join(' ')}).`
  report('WAYBILL_BUNDLED', message, 'libraries')
}

/** `// node_modules/express/lib/express.js`, `"./node_modules/pg/lib/index.js": …` */
const PATH = /^\s*(?:\/\/|\/\*+!?|["'])[^\n]{0,300}?node_modules\/(?:@[\w.~-]+\/)?[\w.~-]+\//gm

async function begin(file: string): Promise<string> {
  try {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      if (size < LIKELY_BUNDLE) return ''
      const buffer = Buffer.allocUnsafe(Math.min(size, MAX_READ))
      const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    // The program came from stdin, or its file is gone.
    return ''
  }
}
