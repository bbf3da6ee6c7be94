import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Case, System } from './cases.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const ROOT = join(import.meta.dirname, '..')

/** Run a case under the preload, from source, in a Node of its own. `env` is all it has of telemetry settings. */
export function runCase(one: Case, system: System, env: Record<string, string>): Promise<Outcome> {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|WAYBILL_|NODE_OPTIONS|JEST_)/.test(name)),
  )
  const flags = ['--conditions=@waybill/source', '--require', '@waybill/node/register']
  // kafkajs on Node 24.
  flags.push('--disable-warning=TimeoutNegativeWarning')
  const type = system === 'CommonJS' ? 'commonjs' : 'module'
  const child = spawn(process.execPath, [...flags, `--input-type=${type}`, '--eval', program(one, system)], {
    cwd: join(ROOT, one.folder ?? '.'),
    env: { ...clean, ...one.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

/** The libraries are loaded by the app itself, in its own way; what is done with them is the same. */
function program({ imports, fixture }: Case, system: System): string {
  const path = JSON.stringify(join(ROOT, 'fixtures', fixture))
  const names = imports.map(([binding]) => binding.replace(/[{}]|\* as/g, '').trim()).join(', ')
  const lines =
    system === 'CommonJS'
      ? imports.map(([binding, module]) => `const ${binding.replace('* as ', '')} = require('${module}')`)
      : imports.map(([binding, module]) => `import ${binding} from '${module}'`)
  const load =
    system === 'CommonJS'
      ? `const { run } = require(${path})`
      : `import fixture from ${path}\nconst { run } = fixture`
  return [...lines, load, `run({ ${names} })`].join('\n')
}
