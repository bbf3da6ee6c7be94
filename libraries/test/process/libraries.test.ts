import { expected, type Verdict } from '../../src/judge.ts'
import { JOBS, runAll } from '../../src/run-all.ts'

const verdicts = new Map(JOBS.map(({ name }) => [name, Promise.withResolvers<Verdict>()]))
let done: Promise<void>

beforeAll(() => {
  done = runAll(({ name }, verdict) => verdicts.get(name)!.resolve(verdict))
  done.catch((error: unknown) => {
    for (const { reject } of verdicts.values()) reject(error)
  })
})
afterAll(() => done, 120_000)

test.each(JOBS.map((job) => [job.name, job] as const))(
  '%s',
  async (name, { one }) => {
    expect(await verdicts.get(name)!.promise).toEqual(expected(one))
  },
  120_000,
)
