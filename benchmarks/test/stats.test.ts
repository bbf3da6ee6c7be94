import { median, overBare, percentile, recorder, toRows, type Sample } from '../stats.ts'
import { drawTables } from '../table.ts'

/** Three rounds of two subjects; the middle one is the median of each. */
function measured(): Sample[] {
  const samples: Sample[] = []
  for (const [round, [bare, waybill]] of [
    [10, 15],
    [20, 22],
    [40, 50],
  ].entries()) {
    recorder(samples, 'bare', 'work', round)('wall', 'ms', bare!)
    recorder(samples, 'waybill', 'work', round)('wall', 'ms', waybill!)
  }
  return samples
}

test('a row has the smallest, middle and largest value, and the ratio of the medians to bare', () => {
  expect(toRows(measured())).toEqual([
    { subject: 'bare', scenario: 'work', metric: 'wall', unit: 'ms', min: 10, median: 20, max: 40, ratio: 1 },
    {
      subject: 'waybill',
      scenario: 'work',
      metric: 'wall',
      unit: 'ms',
      min: 15,
      median: 22,
      max: 50,
      ratio: 1.1,
    },
  ])
})

test('the difference to bare is taken round by round, and has no ratio', () => {
  const over = overBare(measured(), 'wall', 'over')
  expect(over.map(({ value }) => value)).toEqual([5, 2, 10])
  expect(toRows(over)).toMatchObject([{ subject: 'waybill', metric: 'over', median: 5, ratio: null }])
})

test('median and percentile', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5)
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3)
  expect(percentile([], 0.5)).toBeNaN()
})

test('a table for each scenario; what was not measured is a dash, counts have no decimals', () => {
  const samples = measured()
  recorder(samples, 'waybill', 'work', 0)('lost', '', 3)
  recorder(samples, 'upstream', 'end', 0)('exit', 'ms', 1234.5)
  expect(drawTables(toRows(samples))).toBe(
    [
      'work          wall ms  lost',
      '---------------------------',
      'bare     20.0   1.00×     –',
      'waybill  22.0   1.10×     3',
      '',
      'end       exit ms',
      '-----------------',
      'upstream     1235',
      '',
    ].join('\n'),
  )
})
