import { work } from '../src/sources/work.ts'

test.each([1, 3])('in order of arrival, %i at a time', async (concurrency) => {
  const begun: number[] = []
  let inHand = 0
  let most = 0
  const events = work<number>(concurrency, async (item) => {
    begun.push(item)
    most = Math.max(most, ++inHand)
    await new Promise(setImmediate)
    inHand--
  })
  const items = Array.from({ length: 3000 }, (_, index) => index)
  for (const item of items) events.add(item)
  expect(events.waiting).toBe(3000 - concurrency)
  await events.idle()
  expect(begun).toEqual(items)
  expect(most).toBe(concurrency)
  expect(events.waiting).toBe(0)
})

test('idle settles at once where there is nothing', async () => {
  await expect(work(1, async () => {}).idle()).resolves.toBeUndefined()
})
