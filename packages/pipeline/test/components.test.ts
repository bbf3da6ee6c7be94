import { turnOffComponents } from '@waybill/core'
import { action, pipeline } from '../src/index.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

let telemetry: Telemetry
beforeEach(() => {
  telemetry = startTelemetry()
})
afterEach(() => {
  turnOffComponents([])
  return telemetry.stop()
})

const handle = () =>
  pipeline<number>({
    name: 'orders',
    condition: { name: 'is large', when: (amount) => amount > 1 },
    actions: [action('tell', () => {})],
    checkpoint: { load: () => 1, save: () => {} },
  }).handle(2)

test.each([
  ['listener', ['checkpoint load', 'condition is large', 'action tell', 'checkpoint save']],
  ['condition', ['checkpoint load', 'action tell', 'checkpoint save', 'listener orders']],
  ['action', ['checkpoint load', 'condition is large', 'checkpoint save', 'listener orders']],
  ['checkpoint', ['condition is large', 'action tell', 'listener orders']],
] as const)('without spans of %s the pipeline does the same', async (component, spans) => {
  turnOffComponents([component])
  expect(await handle()).toMatchObject({ matched: true, actions: [{ name: 'tell', ok: true }] })
  expect(telemetry.spans().map(({ name }) => name)).toEqual(spans)
})
