import { SamplingDecision, SpanKind } from '@opentelemetry/api'
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import type { ComposableConfig, SamplerConfig, SamplingRule } from '../src/tracing/config.ts'
import { createSampler } from '../src/tracing/samplers/create.ts'
import { compileGlobs, compileRoutes } from '../src/tracing/samplers/glob.ts'
import { TokenBucket, RateLimitSampler } from '../src/tracing/samplers/rate-limit.ts'
import { adjustedCount, readOt, thresholdOf, writeOt } from '../src/tracing/samplers/threshold.ts'
import { W3CTraceState } from '../src/tracing/propagators/trace-state.ts'
import { ask, childOf, TRACE_ID, traceIds } from './support/sampling.ts'

const { NOT_RECORD, RECORD_AND_SAMPLED } = SamplingDecision
const PARENT_BASED: SamplerConfig = { type: 'parent_based', root: { type: 'always_on' } }

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

describe('rate limit', () => {
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
})

describe('rules', () => {
  const sampler = (rules: readonly SamplingRule[], otherwise: SamplerConfig = PARENT_BASED) =>
    createSampler({ sampler: otherwise, rules }, 'parcel-store')
  const get = (path: string) => ({ attributes: { 'url.path': path } })

  test('health checks are dropped, also where the prober sends a trace', () => {
    const one = sampler([{ route: ['/healthz', '/ready'], drop: true }])
    expect(ask(one, get('/healthz')).decision).toBe(NOT_RECORD)
    expect(ask(one, { ...get('/ready'), ctx: childOf({ traceId: TRACE_ID, sampled: true }) }).decision).toBe(
      NOT_RECORD,
    )
    expect(ask(one, get('/healthz/deep')).decision).toBe(RECORD_AND_SAMPLED)
    // Requests that go out have a path, too.
    expect(ask(one, { ...get('/healthz'), kind: SpanKind.CLIENT }).decision).toBe(RECORD_AND_SAMPLED)
    expect(ask(one, { attributes: { 'http.target': '/healthz?full=1' } }).decision).toBe(NOT_RECORD)
  })

  test('the first that matches decides', () => {
    const one = sampler([
      { route: '/users/me', ratio: 1 },
      { route: '/users/:id', drop: true },
      { route: '/users/*', ratio: 1 },
    ])
    expect(ask(one, get('/users/me')).decision).toBe(RECORD_AND_SAMPLED)
    expect(ask(one, get('/users/17')).decision).toBe(NOT_RECORD)
    expect(ask(one, get('/users/17/orders')).decision).toBe(RECORD_AND_SAMPLED)
  })

  test('by name, kind, attribute, event type and service, all of which must hold', () => {
    const dropped = (rule: object, question: object): boolean =>
      ask(sampler([{ ...rule, drop: true } as SamplingRule]), question).decision === NOT_RECORD
    expect(dropped({ name: 'nightly *' }, { name: 'nightly report' })).toBe(true)
    expect(dropped({ name: 'nightly *' }, { name: 'report' })).toBe(false)
    expect(dropped({ kind: ['consumer', 'producer'] }, { kind: SpanKind.CONSUMER })).toBe(true)
    expect(dropped({ kind: 'consumer' }, { kind: SpanKind.SERVER })).toBe(false)
    const topic = { attributes: { 'messaging.destination.name': 'audit.eu', n: 404, tags: ['a', 'b'] } }
    expect(dropped({ attributes: { 'messaging.destination.name': 'audit.*' } }, topic)).toBe(true)
    expect(dropped({ attributes: { 'messaging.destination.name': 'audit' } }, topic)).toBe(false)
    expect(dropped({ attributes: { n: '4??', tags: 'b' } }, topic)).toBe(true)
    expect(dropped({ attributes: { n: '4??', tags: 'c' } }, topic)).toBe(false)
    const event = { attributes: { entity_type: 'parcel', kind: 'scanned' } }
    expect(dropped({ eventType: 'parcel' }, event)).toBe(true)
    expect(dropped({ eventType: 'parcel.scanned' }, event)).toBe(true)
    expect(dropped({ eventType: 'parcel.lost' }, event)).toBe(false)
    expect(dropped({ service: 'parcel-*', kind: 'server' }, {})).toBe(true)
    expect(dropped({ service: 'scan-*', kind: 'server' }, {})).toBe(false)
  })

  test('a ratio holds where a trace begins; what continues one follows it', () => {
    const one = sampler([{ kind: 'server', ratio: 0.25 }])
    const ids = traceIds(2000, 7)
    const sampled = ids.filter((traceId) => ask(one, { traceId }).decision === RECORD_AND_SAMPLED)
    expect(sampled.length).toBeGreaterThan(400)
    expect(sampled.length).toBeLessThan(600)
    expect(ask(one, { traceId: sampled[0]! }).traceState!.get('ot')).toBe('th:c')
    for (const traceId of ids.slice(0, 100)) {
      expect(ask(one, { traceId, ctx: childOf({ traceId, sampled: true }) }).decision).toBe(
        RECORD_AND_SAMPLED,
      )
      expect(ask(one, { traceId, ctx: childOf({ traceId, sampled: false }) }).decision).toBe(NOT_RECORD)
    }
  })

  test('children of what was dropped are dropped, also under a sampler that asks no parent', () => {
    const one = sampler([{ route: '/healthz', drop: true }], { type: 'always_on' })
    const below = childOf({ traceId: TRACE_ID, sampled: false, remote: false })
    expect(ask(one, { ctx: below, kind: SpanKind.CLIENT }).decision).toBe(NOT_RECORD)
    expect(ask(one, { ctx: childOf({ traceId: TRACE_ID, sampled: false }) }).decision).toBe(
      RECORD_AND_SAMPLED,
    )
  })

  test('a rate', () => {
    const one = sampler([{ kind: 'server', perSecond: 0.001, burst: 3 }])
    const decisions = Array.from({ length: 10 }, () => ask(one).decision)
    expect(decisions.filter((decision) => decision === RECORD_AND_SAMPLED)).toHaveLength(3)
  })
})

describe('globs and routes', () => {
  test.each([
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acd', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['?b?', 'abc', true],
    ['?b?', 'ab', false],
    ['', '', true],
    ['**', 'x', true],
  ])('%s, %s: %s', (glob, text, expected) => {
    expect(compileGlobs(glob)(text)).toBe(expected)
  })

  test('a hostile glob takes no exponential time', () => {
    const started = performance.now()
    expect(compileGlobs('*a'.repeat(30) + 'b')('a'.repeat(2000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('as a regular expression would have it', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (glob, text) => {
        const source = glob.replaceAll('*', '[ab]*').replaceAll('?', '[ab]')
        expect(compileGlobs(glob)(text)).toBe(new RegExp(`^${source}$`).test(text))
      }),
      { seed: 3, numRuns: 500 },
    )
  })

  test.each([
    ['/users/:id', '/users/17', true],
    ['/users/:id', '/users/', false],
    ['/users/:id', '/users/17/orders', false],
    ['/users/{id}/orders', '/users/17/orders', true],
    ['/users/[id]', '/users/17', true],
    ['/users/:id(\\d+)', '/users/17', true],
    ['/users/:id/*', '/users/17/a/b', true],
    ['/users/:id', '/users/:id', true],
    ['/static/*', '/static/js/app.js', true],
    ['/', '/', true],
  ])('route %s, path %s: %s', (route, path, expected) => {
    expect(compileRoutes(route)(path)).toBe(expected)
  })
})

describe('composite', () => {
  const composite = (sampler: ComposableConfig) =>
    createSampler({ sampler: { type: 'composite', sampler } }, 'a')

  test('always on says so in tracestate, always off takes it out', () => {
    expect(ask(composite({ type: 'always_on' })).traceState!.serialize()).toBe('ot=th:0')
    const ctx = childOf({ traceId: TRACE_ID, sampled: true, tracestate: 'a=1,ot=th:0' })
    const off = ask(composite({ type: 'always_off' }), { ctx })
    expect([off.decision, off.traceState!.serialize()]).toEqual([NOT_RECORD, 'a=1'])
  })

  test('parent threshold: that of the parent, where it agrees with its flag', () => {
    const one = composite({ type: 'parent_threshold', root: { type: 'probability', ratio: 0.5 } })
    const as = (sampled: boolean, tracestate?: string) => {
      const { decision, traceState } = ask(one, {
        ctx: childOf({ traceId: TRACE_ID, sampled, ...(tracestate !== undefined && { tracestate }) }),
      })
      return [decision, traceState?.serialize()]
    }
    // The id's randomness is ce929d0e0e4736.
    expect(as(true, 'ot=th:c')).toEqual([RECORD_AND_SAMPLED, 'ot=th:c'])
    expect(as(true, 'ot=th:f')).toEqual([RECORD_AND_SAMPLED, ''])
    expect(as(true)).toEqual([RECORD_AND_SAMPLED, undefined])
    expect(as(false)).toEqual([NOT_RECORD, undefined])
    expect(ask(one).traceState!.serialize()).toBe('ot=th:8')
  })

  test('rules of the declarative schema', () => {
    const one = composite({
      type: 'rule_based',
      rules: [
        { attributeValues: { key: 'http.route', values: ['/healthz'] }, sampler: { type: 'always_off' } },
        {
          attributePatterns: { key: 'http.response.status_code', included: ['4*'], excluded: ['404'] },
          sampler: { type: 'always_on' },
        },
        { spanKinds: ['client'], parent: ['none'], sampler: { type: 'always_on' } },
      ],
    })
    const decided = (question: object) => ask(one, question).decision
    expect(decided({ attributes: { 'http.route': '/healthz', 'http.response.status_code': 401 } })).toBe(
      NOT_RECORD,
    )
    expect(decided({ attributes: { 'http.response.status_code': 401 } })).toBe(RECORD_AND_SAMPLED)
    expect(decided({ attributes: { 'http.response.status_code': 404 } })).toBe(NOT_RECORD)
    expect(decided({ kind: SpanKind.CLIENT })).toBe(RECORD_AND_SAMPLED)
    expect(decided({ kind: SpanKind.CLIENT, ctx: childOf({ traceId: TRACE_ID, sampled: true }) })).toBe(
      NOT_RECORD,
    )
    expect(decided({})).toBe(NOT_RECORD)
  })
})
