import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, '../../src/integrations/http/tick-shape.ts')

function run(code: string): unknown {
  const head = `
    import { AsyncLocalStorage } from 'node:async_hooks'
    import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
    import { keepTickShape } from ${JSON.stringify(FILE)}`
  const options = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--input-type=module']
  const { stdout, stderr } = spawnSync(process.execPath, [...options, '-e', head + code], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

test('a garbage collection without a tick does not make the later ones slow', () => {
  const ratio = run(`
    const ticks = async (rounds) => {
      let best = Infinity
      for (let round = 0; round < rounds; round++) {
        const began = performance.now()
        for (let tick = 0; tick < 2000; tick++) process.nextTick(() => {}, 1)
        best = Math.min(best, performance.now() - began)
        await turn()
      }
      return best
    }
    keepTickShape()
    const before = await ticks(30)
    for (let times = 0; times < 6; times++) {
      gc()
      await delay(20)
      await ticks(1)
    }
    console.log(await ticks(30) / before)`)
  // Without it, seven times as long.
  expect(ratio).toBeLessThan(3)
})

test('what is kept holds nothing of the context it was made in', () => {
  const held = run(`
    const app = new AsyncLocalStorage()
    let store = { large: true }
    const ref = new WeakRef(store)
    app.run(store, keepTickShape)
    store = undefined
    for (let times = 0; times < 3; times++) {
      await delay(20)
      gc()
    }
    console.log(ref.deref() !== undefined)`)
  expect(held).toBe(false)
})
