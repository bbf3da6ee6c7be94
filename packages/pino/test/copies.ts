import { context } from '@opentelemetry/api'
import type { pino as Pino } from 'pino'
import { correlate, setCorrelation } from '../src/correlate.ts'
import { LineFields } from '../src/fields.ts'
import { Lines, WORK } from './lines.ts'

export type PinoModule = typeof Pino

export const freshPino = (): PinoModule => {
  let fresh: PinoModule | undefined
  jest.isolateModules(() => {
    fresh = jest.requireActual<PinoModule>('pino')
  })
  return fresh!
}
/** One copy of pino as it comes, one that correlates. */
export const bare: PinoModule = freshPino()
export const pino: PinoModule = freshPino()
correlate(pino({}, new Lines()))

/** No fields but those of the context, and a clock that stands. */
export function useCopies(): void {
  beforeEach(() => setCorrelation({ fields: new LineFields() }))
  beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(1_763_690_400_000))
  afterEach(() => jest.restoreAllMocks())
}

/** Write with both copies, the second in WORK; what each of the two wrote. */
export function both(write: (make: PinoModule, out: Lines) => void): [bare: string[], ours: string[]] {
  const [plain, ours] = [new Lines(), new Lines()]
  write(bare, plain)
  context.with(WORK, () => write(pino, ours))
  return [plain.all, ours.all]
}
