// Probability samplers, and what they write into tracestate.
import { SamplingDecision } from '@opentelemetry/api'
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import { W3CTraceState } from '../src/tracing/propagators/trace-state.ts'
import { createSampler } from '../src/tracing/samplers/create.ts'
import { adjustedCount, readOt, thresholdOf, writeOt } from '../src/tracing/samplers/threshold.ts'
import { ask, childOf, TRACE_ID, traceIds } from './support/sampling.ts'

const { NOT_RECORD, RECORD_AND_SAMPLED } = SamplingDecision

describe('thresholds', () => {
  // The table of https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#converting-floating-point-probability-to-threshold-value
  test.each([
    [1, '0'],
    [1 / 2, '8'],
    [1 / 3, 'aaab'],
    [1 / 4, 'c'],
    [1 / 5, 'cccd'],
    [1 / 8, 'e'],
    [1 / 10, 'e666'],
    [1 / 16, 'f'],
    [1 / 100, 'fd70a'],
    [1 / 1000, 'ffbe77'],
    [1 / 10_000, 'fff9724'],
    [1 / 100_000, 'ffff583a'],
    [1 / 1_000_000, 'ffffef39'],
  ])('a ratio of %d is th:%s', (ratio, th) => {
    expect(thresholdOf(ratio)).toBe(th.padEnd(14, '0'))
  })

  test('no ratio, and less than can be written, rejects all', () => {
    expect(thresholdOf(0)).toBeUndefined()
    expect(thresholdOf(2 ** -58)).toBeUndefined()
    expect(thresholdOf(Number.NaN)).toBeUndefined()
  })

  test('the count of a trace is the inverse of its probability', () => {
    expect(adjustedCount(thresholdOf(1)!)).toBe(1)
    expect(adjustedCount(thresholdOf(1 / 8)!)).toBe(8)
    expect(adjustedCount(thresholdOf(0.01)!)).toBeCloseTo(100, 1)
  })

  test('the ot entry keeps what others have put there', () => {
    const state = W3CTraceState.parse('a=1,ot=xy:5;rv:6e6d1a75832a2f;th:c')!
    const ot = readOt(state)
    expect(ot).toEqual({
      threshold: 'c0000000000000',
      randomness: '6e6d1a75832a2f',
      rest: 'xy:5;rv:6e6d1a75832a2f;',
    })
    expect(writeOt(state, ot, 'e6660000000000')!.serialize()).toBe('ot=xy:5;rv:6e6d1a75832a2f;th:e666,a=1')
    expect(writeOt(state, ot, undefined)!.serialize()).toBe('ot=xy:5;rv:6e6d1a75832a2f,a=1')
    expect(writeOt(W3CTraceState.parse('ot=th:0,a=1')!, readOt(undefined), undefined)!.serialize()).toBe(
      'a=1',
    )
  })

  test('ill-formed values are as if they were not there', () => {
    const of = (entry: string): unknown => readOt(W3CTraceState.parse(`ot=${entry}`))
    expect(of('th:')).toMatchObject({ threshold: undefined })
    expect(of('th:xyz')).toMatchObject({ threshold: undefined })
    expect(of('th:000000000000000')).toMatchObject({ threshold: undefined })
    expect(of('rv:12')).toMatchObject({ randomness: undefined })
  })
})

describe('traceidratio', () => {
  const ids = traceIds(20_000)

  test.each([0.001, 0.01, 0.1, 0.5, 0.9])('samples %d of all, and the counts add up to all', (ratio) => {
    const sampler = createSampler({ sampler: { type: 'probability', ratio } }, 'a')
    const sampled = ids
      .map((traceId) => ask(sampler, { traceId }))
      .filter((one) => one.decision !== NOT_RECORD)
    // Five standard deviations of the binomial distribution.
    const allowed = 5 * Math.sqrt(ids.length * ratio * (1 - ratio))
    expect(Math.abs(sampled.length - ids.length * ratio)).toBeLessThan(allowed)
    const counted = sampled.reduce(
      (sum, { traceState }) => sum + adjustedCount(readOt(traceState).threshold!),
      0,
    )
    expect(Math.abs(counted - ids.length)).toBeLessThan(allowed / ratio)
  })

  test('0 samples nothing, 1 all', () => {
    const none = createSampler({ sampler: { type: 'probability', ratio: 0 } }, 'a')
    const all = createSampler({ sampler: { type: 'probability', ratio: 1 } }, 'a')
    for (const traceId of ids.slice(0, 500)) {
      expect(ask(none, { traceId }).decision).toBe(NOT_RECORD)
      expect(ask(all, { traceId }).decision).toBe(RECORD_AND_SAMPLED)
    }
  })

  // gateway (10 %) ──► store (50 %): whatever the gateway samples, the store does
  test('what a service samples with a low ratio, one with a higher ratio samples too', () => {
    const gateway = createSampler({ sampler: { type: 'probability', ratio: 0.1 } }, 'gateway')
    const store = createSampler({ sampler: { type: 'probability', ratio: 0.5 } }, 'store')
    let both = 0
    for (const traceId of ids) {
      const first = ask(gateway, { traceId })
      const sampled = first.decision === RECORD_AND_SAMPLED
      const tracestate = first.traceState?.serialize()
      const ctx = childOf({ traceId, sampled, ...(tracestate !== undefined && { tracestate }) })
      const second = ask(store, { traceId, ctx })
      if (!sampled) continue
      both++
      expect(second.decision).toBe(RECORD_AND_SAMPLED)
      // Its own probability: its spans are counted on their own.
      expect(second.traceState!.get('ot')).toBe('th:8')
    }
    expect(both).toBeGreaterThan(1000)
  })

  test('explicit randomness counts more than that of the trace id, and goes along', () => {
    const sampler = createSampler({ sampler: { type: 'probability', ratio: 0.5 } }, 'a')
    const yes = ask(sampler, {
      ctx: childOf({ traceId: TRACE_ID, sampled: false, tracestate: 'ot=rv:80000000000000' }),
    })
    expect([yes.decision, yes.traceState!.serialize()]).toEqual([
      RECORD_AND_SAMPLED,
      'ot=rv:80000000000000;th:8',
    ])
    const no = ask(sampler, {
      ctx: childOf({ traceId: TRACE_ID, sampled: true, tracestate: 'ot=rv:7fffffffffffff;th:0' }),
    })
    expect([no.decision, no.traceState!.serialize()]).toEqual([NOT_RECORD, 'ot=rv:7fffffffffffff'])
  })

  test('children follow their parent, and its probability goes along', () => {
    const sampler = createSampler(
      { sampler: { type: 'parent_based', root: { type: 'probability', ratio: 0 } } },
      'a',
    )
    expect(
      ask(sampler, { ctx: childOf({ traceId: TRACE_ID, sampled: true, tracestate: 'ot=th:e6' }) }).decision,
    ).toBe(RECORD_AND_SAMPLED)
    expect(ask(sampler, { ctx: childOf({ traceId: TRACE_ID, sampled: false }) }).decision).toBe(NOT_RECORD)
    expect(ask(sampler).decision).toBe(NOT_RECORD)
  })

  test('upstream decides by other bits of the id: a mixed fleet needs parent-based samplers', () => {
    const ours = createSampler({ sampler: { type: 'probability', ratio: 0.5 } }, 'a')
    const theirs = new TraceIdRatioBasedSampler(0.5)
    const same = ids.filter(
      (traceId) => ask(ours, { traceId }).decision === ask(theirs, { traceId }).decision,
    )
    expect(same.length / ids.length).toBeCloseTo(0.5, 1)
  })
})
