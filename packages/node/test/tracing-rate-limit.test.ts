import { SamplingDecision } from '@opentelemetry/api'
import { RateLimitSampler, TokenBucket } from '../src/tracing/samplers/rate-limit.ts'
import { ask, childOf, TRACE_ID } from './support/sampling.ts'

const { NOT_RECORD, RECORD_AND_SAMPLED } = SamplingDecision

function clock(): { now: () => number; pass: (milliseconds: number) => void } {
  let at = 5000
  return { now: () => at, pass: (milliseconds) => void (at += milliseconds) }
}
const takes = (bucket: TokenBucket, times: number): number =>
  Array.from({ length: times }, () => bucket.take()).filter(Boolean).length

test('a burst gets what was saved, and no more', () => {
  const { now, pass } = clock()
  const bucket = new TokenBucket(10, 20, now)
  expect(takes(bucket, 1000)).toBe(20)
  pass(500)
  expect(takes(bucket, 1000)).toBe(5)
  pass(3_600_000)
  expect(takes(bucket, 1000)).toBe(20)
})

test('under steady load, the rate', () => {
  const { now, pass } = clock()
  const bucket = new TokenBucket(10, 10, now)
  takes(bucket, 10)
  let taken = 0
  for (let i = 0; i < 10_000; i++) {
    pass(1)
    if (bucket.take()) taken++
  }
  expect(taken).toBeGreaterThanOrEqual(99)
  expect(taken).toBeLessThanOrEqual(100)
})

test('less than one a second is possible', () => {
  const { now, pass } = clock()
  const bucket = new TokenBucket(0.1, undefined, now)
  expect(takes(bucket, 5)).toBe(1)
  pass(9999)
  expect(takes(bucket, 5)).toBe(0)
  pass(1)
  expect(takes(bucket, 5)).toBe(1)
})

test('spans with a parent follow it, and take nothing', () => {
  const sampler = new RateLimitSampler(1, 1, clock().now)
  for (let i = 0; i < 10; i++) {
    expect(ask(sampler, { ctx: childOf({ traceId: TRACE_ID, sampled: true }) }).decision).toBe(
      RECORD_AND_SAMPLED,
    )
    expect(ask(sampler, { ctx: childOf({ traceId: TRACE_ID, sampled: false }) }).decision).toBe(NOT_RECORD)
  }
  expect(ask(sampler)).toEqual({ decision: RECORD_AND_SAMPLED })
  expect(ask(sampler).decision).toBe(NOT_RECORD)
})
