import { createContextKey, ROOT_CONTEXT, type Context } from '@opentelemetry/api'
import { LINKED_ROOT } from '../src/index.ts'

const keys = Array.from({ length: 40 }, (_, index) => createContextKey(`key ${index}`))

test('does what the context of the API does, whatever is set and deleted', () => {
  let ours: Context = LINKED_ROOT
  let theirs: Context = ROOT_CONTEXT
  // Deterministic: the same walk each time.
  let seed = 7
  const next = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
  const before: [Context, Context][] = []
  for (let step = 0; step < 2000; step++) {
    const key = keys[next(keys.length)]!
    const change = (ctx: Context): Context =>
      step % 5 === 0 ? ctx.deleteValue(key) : ctx.setValue(key, step)
    before.push([ours, theirs])
    ours = change(ours)
    theirs = change(theirs)
    if (step % 50 > 0) continue
    for (const [one, other] of [[ours, theirs] as const, before[next(before.length)]!]) {
      expect(keys.map((each) => one.getValue(each))).toEqual(keys.map((each) => other.getValue(each)))
    }
  }
})

test('a context that is made from the last, again and again, does not hold all of them', async () => {
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let gone = 0
  const registry = new FinalizationRegistry<undefined>(() => gone++)
  let ctx: Context = LINKED_ROOT
  for (let step = 0; step < 1000; step++) {
    const value = {}
    registry.register(value, undefined)
    ctx = ctx.setValue(keys[step % 2]!, value)
  }
  for (let tries = 0; tries < 50 && gone < 900; tries++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(gone).toBeGreaterThan(900)
  expect(ctx.getValue(keys[1]!)).toBeDefined()
})
