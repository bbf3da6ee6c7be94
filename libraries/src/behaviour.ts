import { join } from 'node:path'
import type { System } from './cases/case.ts'
import { PRELOAD, ROOT, runNode, type NodeOptions, type Outcome } from './node.ts'
import type { Page } from './pages/page.ts'
import { program } from './program.ts'

/** What an app of `page` can observe, without Waybill and with it. */
export async function transcripts(
  page: Page,
  system: System,
  options: NodeOptions,
): Promise<{ bare: Outcome; preload: Outcome }> {
  const code = program(page.imports, join(ROOT, 'behaviour', page.file), page.run ?? 'run', system)
  const type = system === 'CommonJS' ? 'commonjs' : 'module'
  const run = (flags: readonly string[]): Promise<Outcome> =>
    runNode([...flags, `--input-type=${type}`, '--eval', code], {
      ...options,
      ...(page.folder !== undefined && { folder: page.folder }),
    })
  const [bare, preload] = await Promise.all([run([]), run(PRELOAD)])
  return { bare, preload }
}

/** The lines that only one of two transcripts has; where there are none, those that stand elsewhere. */
export function differingLines(bare: string, preload: string): string[] {
  const [left, right] = [bare.split('\n'), preload.split('\n')]
  const rest = [...right]
  const missing: string[] = []
  for (const line of left) {
    const index = rest.indexOf(line)
    if (index === -1) missing.push(`- ${line}`)
    else rest.splice(index, 1)
  }
  const differing = [...missing, ...rest.map((line) => `+ ${line}`)]
  if (differing.length > 0) return differing
  return left.flatMap((line, index) => (line === right[index] ? [] : [`moved ${line}`]))
}
