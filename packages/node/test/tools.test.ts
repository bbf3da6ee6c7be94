import { isTool } from '../src/tools.ts'

const inherited = { NODE_OPTIONS: '--require @waybill/node/register' }

test.each([
  ['npm by NODE_OPTIONS', inherited, ['node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'start'], [], true],
  ['corepack’s pnpm', inherited, ['node', '/x/pnpm.cjs'], [], true],
  ['tsc', inherited, ['node', '/app/node_modules/.bin/tsc'], [], true],
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
