import { isValidSpanId, isValidTraceId } from '@opentelemetry/api'
import { Ids } from '../src/tracing/ids.ts'

/** How evenly the values of a position in the ids are spread: 15 degrees of freedom for a hex digit. */
function chiSquare(ids: readonly string[], position: number): number {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id[position]!, (counts.get(id[position]!) ?? 0) + 1)
  const expected = ids.length / 16
  return Array.from(
    '0123456789abcdef',
    (digit) => ((counts.get(digit) ?? 0) - expected) ** 2 / expected,
  ).reduce((a, b) => a + b)
}

test.each(['random', 'uuidv7'] as const)('%s: valid, all different', (kind) => {
  const ids = new Ids(kind)
  const traces = Array.from({ length: 5000 }, () => ids.generateTraceId())
  const spans = Array.from({ length: 5000 }, () => ids.generateSpanId())
  expect(traces.every(isValidTraceId)).toBe(true)
  expect(spans.every(isValidSpanId)).toBe(true)
  expect([...traces, ...spans].every((id) => id === id.toLowerCase())).toBe(true)
  expect(new Set(traces).size).toBe(5000)
  expect(new Set(spans).size).toBe(5000)
})

test.each(['random', 'uuidv7'] as const)(
  '%s: the last 56 bits are random, as the random flag says',
  (kind) => {
    const ids = new Ids(kind)
    const traces = Array.from({ length: 16_000 }, () => ids.generateTraceId())
    // 50 is passed once in 80 000 tries.
    for (let position = 18; position < 32; position++) expect(chiSquare(traces, position)).toBeLessThan(50)
  },
)

test('uuidv7: version 7, variant 10, and sorted by time', () => {
  const now = jest.spyOn(Date, 'now')
  try {
    const ids = new Ids('uuidv7')
    const made = [0, 1, 1_732_000_000_000, 1_732_000_000_001, 2 ** 48 - 1].map((at) => {
      now.mockReturnValue(at)
      return ids.generateTraceId()
    })
    for (const id of made) expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(made.toSorted()).toEqual(made)
    expect(Number.parseInt(made[2]!.slice(0, 12), 16)).toBe(1_732_000_000_000)
  } finally {
    now.mockRestore()
  }
})
