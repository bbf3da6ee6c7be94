import { basename } from 'node:path'
import { readBoolean, type Env } from '@waybill/core/env'

/** Scripts that start the app or check it, and are not the app. */
const TOOLS = new Set([
  'npm',
  'npm-cli.js',
  'npx',
  'npx-cli.js',
  'yarn',
  'yarn.js',
  'pnpm',
  'pnpm.cjs',
  'pnpm.mjs',
  'pnpx',
  'corepack',
  'corepack.js',
  'tsc',
  'tsc.js',
])
/** Node's own modes in which this process only watches over others, or runs nothing. */
const MODES = new Set(['--check', '-c', '--test', '--watch', '--watch-path'])

/**
 * Is this process one of the tools around the app, which came to the preload by an inherited `NODE_OPTIONS`?
 * A preload on the command line is meant for just that process, and `WAYBILL_INSTRUMENT_TOOLS=true` for all.
 */
export function isTool(
  env: Env,
  argv: readonly string[] = process.argv,
  execArgv: readonly string[] = process.execArgv,
): boolean {
  if (!env['NODE_OPTIONS']?.includes('waybill')) return false
  if (execArgv.some((flag) => flag.includes('waybill'))) return false
  const script = basename(argv[1] ?? '')
  const tool = TOOLS.has(script) || execArgv.some((flag) => MODES.has(flag.split('=', 1)[0]!))
  // The children of `node --test` are the tests themselves.
  return (
    tool && env['NODE_TEST_CONTEXT'] === undefined && !readBoolean(env, 'WAYBILL_INSTRUMENT_TOOLS', false)
  )
}
