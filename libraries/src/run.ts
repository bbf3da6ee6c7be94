import { join } from 'node:path'
import type { Case, System } from './cases.ts'
import { BUILT, PRELOAD, ROOT, runNode, type Outcome } from './node.ts'
import { program } from './program.ts'

export interface RunOptions {
  /** The program. @default the Node that runs this */
  readonly node?: string
  /** The preload as it is published, which older Nodes need. @default from source */
  readonly built?: true
}

/** Run a case under the preload in a Node of its own. `env` is all it has of telemetry settings. */
export function runCase(
  { imports, fixture, folder = '.', env: own }: Case,
  system: System,
  env: Readonly<Record<string, string>>,
  { node, built }: RunOptions = {},
): Promise<Outcome> {
  const type = system === 'CommonJS' ? 'commonjs' : 'module'
  const code = program(imports, join(ROOT, 'fixtures', fixture), 'run', system)
  // kafkajs on Node 24.
  const flags = [...(built ? BUILT : PRELOAD), '--disable-warning=TimeoutNegativeWarning']
  return runNode([...flags, `--input-type=${type}`, '--eval', code], {
    env: { ...own, ...env },
    folder,
    ...(node !== undefined && { node }),
  })
}
