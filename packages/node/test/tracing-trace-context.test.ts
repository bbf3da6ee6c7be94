// traceparent and tracestate of W3C.
import { defaultTextMapGetter, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { defaultResource } from '@opentelemetry/resources'
import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { parseTraceparent, TraceContextPropagator } from '../src/tracing/propagators/trace-context.ts'
import { W3CTraceState } from '../src/tracing/propagators/trace-state.ts'
import { TracerProvider } from '../src/tracing/tracer-provider.ts'
import { sent, SPAN, spanContextOf, TRACE } from './support/propagation.ts'

const w3c = new TraceContextPropagator()

describe('tracecontext', () => {
  test.each([
    [0x00, '00'],
    [0x01, '01'],
    [0x02, '02'],
    [0x03, '03'],
    [0xff, '03'],
  ])('flags %d go out as %s', (traceFlags, flags) => {
    expect(sent(w3c, { traceFlags })).toEqual({ traceparent: `00-${TRACE}-${SPAN}-${flags}` })
  })

  test.each([
    ['00', 0],
    ['03', 3],
    ['ff', 3],
    ['fe', 2],
  ])('flags %s come in as %d', (flags, traceFlags) => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags,
      isRemote: true,
    })
  })

  test('a traceparent that is not well-formed leaves the context as it is', () => {
    expect(w3c.extract(ROOT_CONTEXT, { traceparent: 'x' }, defaultTextMapGetter)).toBe(ROOT_CONTEXT)
    expect(w3c.extract(ROOT_CONTEXT, { tracestate: 'a=1' }, defaultTextMapGetter)).toBe(ROOT_CONTEXT)
    expect(spanContextOf(w3c, { traceparent: [] })).toBeUndefined()
    expect(spanContextOf(w3c, { traceparent: [`00-${TRACE}-${SPAN}-01`] })).toBeDefined()
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`)).toBeUndefined()
  })

  test('nothing is written without a span, and for requests that are not traced', () => {
    expect(sent(w3c, ROOT_CONTEXT)).toEqual({})
    expect(sent(w3c, { traceId: '0'.repeat(32) })).toEqual({})
    const suppressed = suppressTracing(
      trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: SPAN, traceFlags: 1 }),
    )
    expect(sent(w3c, suppressed)).toEqual({})
  })
})

describe('tracestate', () => {
  const parse = (header: string): string | undefined => W3CTraceState.parse(header)?.serialize()

  test('set puts first, replaces, and makes place', () => {
    const state = W3CTraceState.parse('a=1,b=2,c=3')!
    expect(state.set('b', '4').serialize()).toBe('b=4,a=1,c=3')
    expect(state.set('d', '5').serialize()).toBe('d=5,a=1,b=2,c=3')
    expect(state.unset('b').serialize()).toBe('a=1,c=3')
    expect(state.unset('x')).toBe(state)
    expect(state.serialize()).toBe('a=1,b=2,c=3')
    expect([state.get('a'), state.get('x'), state.get('')]).toEqual(['1', undefined, undefined])
    const full = W3CTraceState.parse(Array.from({ length: 32 }, (_, i) => `k${i}=${i}`).join(','))!
    expect(full.set('new', '1').serialize().split(',')).toHaveLength(32)
    expect(full.set('new', '1').get('k31')).toBeUndefined()
    expect(full.set('k31', '1').get('k30')).toBe('30')
  })

  test('what is not well-formed is not set', () => {
    const state = W3CTraceState.parse('a=1')!
    for (const [key, value] of [
      ['A', '1'],
      ['a', ''],
      ['a', 'x,y'],
      ['a', 'x='],
      ['a', 'é'],
      ['a', 'x '],
      ['', '1'],
    ]) {
      expect(state.set(key!, value!)).toBe(state)
    }
  })

  test.each([
    ['1a=2', '1a=2'],
    [',a=1,, \t,', 'a=1'],
    ['', undefined],
    [' , ', undefined],
    ['a', undefined],
    ['a=1,b', undefined],
    [`a=${'x'.repeat(256)}`, `a=${'x'.repeat(256)}`],
    [`a=${'x'.repeat(257)}`, undefined],
    ['a= x', 'a= x'],
    ['a=\u0001', undefined],
    ['a=1\u00a0', undefined],
    [`${'a=1,'.repeat(3000)}`, undefined],
  ])('%j', (header, expected) => {
    expect(parse(header)).toBe(expected)
  })

  test('what is taken is well-formed and comes out as it went in', () => {
    const member = fc
      .tuple(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }))
      .map((pair) => pair.join('='))
    fc.assert(
      fc.property(fc.array(fc.oneof(member, fc.string()), { maxLength: 4 }), (members) => {
        const out = parse(members.join(','))
        expect(
          out === undefined ||
            /^[a-z0-9][a-z0-9_\-*/@]*=[ -~]*(?:,[a-z0-9][a-z0-9_\-*/@]*=[ -~]*)*$/.test(out),
        ).toBe(true)
        expect(out === undefined ? out : parse(out)).toBe(out)
      }),
      { seed: 23, numRuns: 500 },
    )
  })
})

describe('random flag', () => {
  const provider = (on: boolean): TracerProvider =>
    new TracerProvider({
      resource: defaultResource(),
      sampler: new ParentBasedSampler({ root: on ? new AlwaysOnSampler() : new AlwaysOffSampler() }),
      spanProcessors: [],
    })
  const remote = (flags: string): Context =>
    w3c.extract(ROOT_CONTEXT, { traceparent: `00-${TRACE}-${SPAN}-${flags}` }, defaultTextMapGetter)
  const flagsOf = (on: boolean, ctx: Context, options = {}): string => {
    const span = provider(on).getTracer('test').startSpan('x', options, ctx)
    return sent(w3c, trace.setSpan(ctx, span))['traceparent']!.slice(-2)
  }

  test('set for ids of our own, sampled or not', () => {
    expect(flagsOf(true, ROOT_CONTEXT)).toBe('03')
    expect(flagsOf(false, ROOT_CONTEXT)).toBe('02')
    expect(flagsOf(true, remote('00'), { root: true })).toBe('03')
  })

  test.each(['00', '01', '02', '03'])('%s of the parent is that of its children', (flags) => {
    expect(flagsOf(true, remote(flags))).toBe(flags)
    expect(flagsOf(false, remote(flags))).toBe(flags)
  })
})
