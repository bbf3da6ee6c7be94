import { mostWithoutLoss, type Attempt } from '../export/most.ts'

/** An exporter that delivers at most `limit` spans a second, in an app that makes at most `app`. */
function exporter(
  limit: number,
  app: number,
): { attempt: (perSecond?: number) => Promise<Attempt>; runs: number[] } {
  const runs: number[] = []
  return {
    runs,
    attempt: async (perSecond = app) => {
      runs.push(perSecond)
      const made = Math.min(perSecond, app)
      return { rate: Math.min(made, limit), lost: Math.max(0, made - limit) }
    },
  }
}

test('one run is enough where nothing is lost', async () => {
  const { attempt, runs } = exporter(200_000, 90_000)
  expect(await mostWithoutLoss(attempt)).toBe(90_000)
  expect(runs).toEqual([90_000])
})

test.each([600, 4500, 5120, 30_000, 88_000])('a limit of %d is found within a tenth', async (limit) => {
  const { attempt, runs } = exporter(limit, 90_000)
  const found = await mostWithoutLoss(attempt)
  expect(found).toBeLessThanOrEqual(limit)
  expect(found).toBeGreaterThan(limit / 1.11)
  expect(runs.length).toBeLessThan(12)
})

test('who delivers less than it could while spans are lost is asked for more', async () => {
  const { attempt } = exporter(5000, 90_000)
  const thrashing = async (perSecond?: number): Promise<Attempt> => {
    const { rate, lost } = await attempt(perSecond)
    return { rate: lost > 0 ? rate / 3 : rate, lost }
  }
  expect(await mostWithoutLoss(thrashing)).toBeGreaterThan(5000 / 1.11)
})

test('nothing where some are lost at any rate', async () => {
  expect(await mostWithoutLoss(async () => ({ rate: 1000, lost: 1 }))).toBe(0)
})
