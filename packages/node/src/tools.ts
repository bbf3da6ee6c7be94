import { readBoolean, type Env } from '@waybill/core/env'

/** Scripts that start the app or check it, and are not the app. */
const TOOLS =
  /[/\\](?:(?:npm|npx|yarn|yarnpkg|pnpm|pnpx|corepack|tsc|tsx|nodemon)(?:\.[cm]?js)?|(?:npm|npx)-cli\.js|yarn-[\d.]+(?:-[\w.]+)?\.c?js|tsx[/\\]dist[/\\]cli\.[cm]?js)$/
/** Node's own modes in which this process only watches over others, or runs nothing. */
const MODES = new Set(['--check', '-c', '--test', '--watch', '--watch-path'])
/** `node --test` that runs the tests itself. */
const IN_PROCESS = /^--(?:experimental-)?test-isolation=none$/
const PRELOAD = /(?:^|\s)(?:-r|--require|--import)[\s=]/

/**
 * Is this process one of the tools around the app, which came to the preload by an inherited `NODE_OPTIONS`?
 * A preload on the command line is meant for just that process, and `WAYBILL_INSTRUMENT_TOOLS=true` for all.
 */
export function isTool(
  env: Env,
  argv: readonly string[] = process.argv,
  execArgv: readonly string[] = process.execArgv,
): boolean {
  if (!PRELOAD.test(env['NODE_OPTIONS'] ?? '')) return false
  if (execArgv.some((flag) => flag.includes('waybill'))) return false
  const mode =
    execArgv.some((flag) => MODES.has(flag.split('=', 1)[0]!)) &&
    !execArgv.some((flag) => IN_PROCESS.test(flag))
  // The children of `node --test` are the tests themselves.
  const tool = TOOLS.test(argv[1] ?? '') || (mode && env['NODE_TEST_CONTEXT'] === undefined)
  return tool && !readBoolean(env, 'WAYBILL_INSTRUMENT_TOOLS', false)
}
