import { SamplingDecision, SpanKind } from '@opentelemetry/api'
import type { ComposableConfig, SamplerConfig, SamplingRule } from '../src/tracing/config.ts'
import { createSampler } from '../src/tracing/samplers/create.ts'
import { ask, childOf, TRACE_ID, traceIds } from './support/sampling.ts'

const { NOT_RECORD, RECORD_AND_SAMPLED } = SamplingDecision
const PARENT_BASED: SamplerConfig = { type: 'parent_based', root: { type: 'always_on' } }

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
