import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import { PRELOAD, run, to } from '../support/run.ts'

let viewer: Viewer
let folder: string
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
  folder = mkdtempSync(join(tmpdir(), 'conflicts-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await viewer.close()
})

test.each(['cjs', 'mjs'])('an app with a newer API than ours (%s): its spans arrive', async (form) => {
  const api = join(folder, 'node_modules/@opentelemetry/api')
  mkdirSync(dirname(api), { recursive: true })
  cpSync(join(realpathSync(require.resolve('@opentelemetry/api')), '../..'), api, { recursive: true })
  for (const name of readdirSync(api, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:cjs|mjs|json)$/.test(name)) continue
    const file = join(api, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('1.10.0', '1.42.0'))
  }
  const app = join(folder, `app.${form}`)
  const load =
    form === 'cjs'
      ? `const { trace } = require('@opentelemetry/api')`
      : `import { trace } from '@opentelemetry/api'`
  writeFileSync(app, `${load}\ntrace.getTracer('newer').startSpan('from ${form}').end()\n`)
  const { code, stderr } = await run('-e', {
    flags: PRELOAD,
    args: [`import(${JSON.stringify(app)})`],
    env: { ...to(viewer), OTEL_SERVICE_NAME: `newer ${form}` },
  }).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const span = await viewer.waitFor(() => viewer.spans({ service: `newer ${form}` })[0], { what: 'the span' })
  expect(span).toMatchObject({ name: `from ${form}`, scope: 'newer' })
})

test('a library that was loaded before us is named', async () => {
  const { stderr } = await run('-e', {
    flags: [PRELOAD[0], '--require', 'express', ...PRELOAD.slice(1)],
    args: ['0'],
  }).ended
  expect(stderr).toMatch(
    /^waybill: WAYBILL_LOADED_BEFORE: loaded before Waybill, so not traced: express.*\n$/,
  )
})

test('another agent’s preload is named', async () => {
  const agent = join(folder, 'node_modules/dd-trace/init.js')
  mkdirSync(dirname(agent), { recursive: true })
  writeFileSync(agent, '')
  const { stderr } = await run('-e', { flags: ['--require', agent, ...PRELOAD], args: ['0'] }).ended
  expect(stderr).toMatch(/^waybill: WAYBILL_OTHER_AGENT: dd-trace is preloaded too.*\n$/)
})

test('another SDK that came first keeps the spans, and it is said', async () => {
  const first = join(folder, 'first.cjs')
  const sdk = JSON.stringify(require.resolve('@opentelemetry/sdk-trace'))
  const api = JSON.stringify(realpathSync(require.resolve('@opentelemetry/api')))
  writeFileSync(
    first,
    `require(${api}).trace.setGlobalTracerProvider(new (require(${sdk}).TracerProvider)())`,
  )
  const { stderr, code } = await run('ends.cjs', {
    flags: [PRELOAD[0], '--require', first, ...PRELOAD.slice(1)],
    args: ['naturally'],
    env: { ...to(viewer), OTEL_SERVICE_NAME: 'second' },
  }).ended
  expect(code).toBe(0)
  expect(stderr).toMatch(/^waybill: WAYBILL_OTHER_AGENT: another OpenTelemetry SDK is registered.*\n$/)
})
