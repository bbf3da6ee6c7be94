import { run } from '../support/run.ts'

const NOWHERE = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
const ALL = { ...NOWHERE, OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'express,generic-pool,redis' }

test('a library in a version that is not supported is named, each once, to who debugs', async () => {
  const { code, stdout, stderr } = await run('old-library.cjs', { env: { ...ALL, OTEL_LOG_LEVEL: 'debug' } })
    .ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' })
  expect(stderr.split('\n').filter((line) => line.includes('is not traced'))).toEqual([
    'waybill: debug: express 3.21.2 is not traced: supported is >=4 <6.',
    'waybill: debug: generic-pool 1.0.0 is not traced: supported is >=3.0.0 <4 or >=2.4.0 <3 or >=2.0.0 <2.4.',
  ])
})

test('and to no one else', async () => {
  const { code, stdout, stderr } = await run('old-library.cjs', { env: ALL }).ended
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'runs\n', stderr: '' })
})

test('an instrumentation that cannot be loaded is said once, and returns nothing', async () => {
  const code = `
    const { activate } = require('./src/integrations/activate.ts')
    const options = { exporters: { logs: [] }, integrations: { disabled: [] } }
    const broken = { name: 'broken', modules: [], from: ['./nowhere.ts', 'Nothing'] }
    console.log(activate(broken, options), activate(broken, options))`
  const { stdout, stderr } = await run('--eval', {
    flags: ['--conditions=@waybill/source'],
    args: [code],
    env: NOWHERE,
  }).ended
  expect(stdout).toBe('undefined undefined\n')
  expect(stderr).toMatch(
    /^waybill: WAYBILL_INTEGRATION_FAILED: the instrumentation broken cannot be loaded: Cannot find module.*\n$/,
  )
})

test('unknown names: one line each, with the nearest', async () => {
  const { stderr, stdout } = await run('--eval', {
    args: ['console.log("runs")'],
    env: {
      ...NOWHERE,
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,expres',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'mongo',
    },
  }).ended
  expect(stdout).toBe('runs\n')
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/=expres names no instrumentation\. Nearest: express/),
    expect.stringMatching(/=mongo names no instrumentation\. Nearest: mongodb or mongoose\./),
  ])
})
