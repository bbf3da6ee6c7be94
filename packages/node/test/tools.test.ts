import { isTool } from '../src/tools.ts'

const inherited = { NODE_OPTIONS: '--require @waybill/node/register' }

test.each([
  ['npm by NODE_OPTIONS', inherited, ['node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'start'], [], true],
  ['corepack’s pnpm', inherited, ['node', '/x/pnpm.cjs'], [], true],
  ['tsc', inherited, ['node', '/app/node_modules/.bin/tsc'], [], true],
  ['yarn 4', inherited, ['node', '/app/.yarn/releases/yarn-4.12.0.cjs', 'start'], [], true],
  ['npm by its link', inherited, ['node', '/usr/bin/npm', 'start'], [], true],
  ['corepack', inherited, ['node', '/usr/bin/corepack', 'pnpm'], [], true],
  ['tsx, which starts the app', inherited, ['node', '/x/node_modules/tsx/dist/cli.mjs', 'a.ts'], [], true],
  ['an app in a file of a like name', inherited, ['node', '/app/my-npm.js'], [], false],
  ['an app in a folder of that name', inherited, ['node', '/app/npm/index.js'], [], false],
  [
    'a preload of the user, which starts Waybill',
    { NODE_OPTIONS: '--import ./telemetry.js' },
    ['node', '/usr/bin/npm'],
    [],
    true,
  ],
  ['start() by hand in an app called so', {}, ['node', '/app/yarn.js'], [], false],
  ['the parent of --watch', inherited, ['node'], ['--watch'], true],
  [
    'node --test that runs the tests itself',
    inherited,
    ['node', '/app/a.test.js'],
    ['--test', '--test-isolation=none'],
    false,
  ],
  ['node --check', inherited, ['node', '/app/app.js'], ['--check'], true],
  ['the parent of node --test', inherited, ['node'], ['--test'], true],
  [
    'its children',
    { ...inherited, NODE_TEST_CONTEXT: 'child-v8' },
    ['node', '/app/a.test.js'],
    ['--test'],
    false,
  ],
  ['the app', inherited, ['node', '/app/app.js'], [], false],
  [
    'npm with the preload on its own command line',
    {},
    ['node', '/x/npm-cli.js'],
    ['--require', '@waybill/node/register'],
    false,
  ],
  ['asked for', { ...inherited, WAYBILL_INSTRUMENT_TOOLS: 'true' }, ['node', '/x/npm-cli.js'], [], false],
])('%s', (_, env, argv, execArgv, tool) => {
  expect(isTool(env, argv, execArgv)).toBe(tool)
})
