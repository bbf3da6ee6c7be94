import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type SpanContext,
  type TextMapPropagator,
} from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { defaultResource } from '@opentelemetry/resources'
import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { createVendorPropagator } from '../src/tracing/propagators/create.ts'
import { parseTraceparent, TraceContextPropagator } from '../src/tracing/propagators/trace-context.ts'
import { W3CTraceState } from '../src/tracing/propagators/trace-state.ts'
import { TracerProvider } from '../src/tracing/tracer-provider.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const RUNS = { seed: 23, numRuns: 500 }

const w3c = new TraceContextPropagator()

function spanContextOf(
  propagator: TextMapPropagator,
  carrier: Record<string, string | string[]>,
): SpanContext | undefined {
  return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter))
}

function sent(
  propagator: TextMapPropagator,
  given: Partial<SpanContext> | Context = {},
): Record<string, string> {
  const ctx =
    'getValue' in given
      ? given
      : trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: SPAN, traceFlags: 1, ...given })
  const carrier: Record<string, string> = {}
  propagator.inject(ctx, carrier, defaultTextMapSetter)
  return carrier
}

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
      RUNS,
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

describe('b3', () => {
  const single = createVendorPropagator('b3')
  const multi = createVendorPropagator('b3multi')
  const remote = { traceId: TRACE, spanId: SPAN, isRemote: true }

  test('written in the form that was asked for', () => {
    expect(sent(single)).toEqual({ b3: `${TRACE}-${SPAN}-1` })
    expect(sent(single, { traceFlags: 2 })).toEqual({ b3: `${TRACE}-${SPAN}-0` })
    expect(sent(multi)).toEqual({ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' })
  })

  test('read in both forms; ids of 64 bits and upper case', () => {
    for (const propagator of [single, multi]) {
      expect(spanContextOf(propagator, { b3: `${TRACE}-${SPAN}-1-${SPAN}` })).toEqual({
        ...remote,
        traceFlags: 1,
      })
      expect(spanContextOf(propagator, { b3: `${TRACE.toUpperCase()}-${SPAN}` })).toEqual({
        ...remote,
        traceFlags: 0,
      })
      expect(
        spanContextOf(propagator, { 'x-b3-traceid': SPAN, 'x-b3-spanid': SPAN, 'x-b3-sampled': 'true' }),
      ).toEqual({
        traceId: `${'0'.repeat(16)}${SPAN}`,
        spanId: SPAN,
        traceFlags: 1,
        isRemote: true,
      })
    }
  })

  test('debug goes along', () => {
    for (const carrier of [
      { b3: `${TRACE}-${SPAN}-d` },
      { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' },
    ]) {
      const ctx = single.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
      expect(trace.getSpanContext(ctx)!.traceFlags).toBe(1)
      expect(sent(single, ctx)).toEqual({ b3: `${TRACE}-${SPAN}-d` })
      expect(sent(multi, ctx)).toMatchObject({ 'x-b3-flags': '1' })
    }
  })

  test.each([
    '',
    '0',
    'd',
    `${TRACE}-${SPAN}-x`,
    `x${TRACE}-${SPAN}-1`,
    `${'0'.repeat(32)}-${SPAN}-1`,
    `${TRACE}-${SPAN}-1-`,
  ])('%j is passed over', (b3) => {
    expect(spanContextOf(single, { b3 })).toBeUndefined()
  })
})

describe('jaeger', () => {
  const jaeger = createVendorPropagator('jaeger')

  test('there and back', () => {
    expect(sent(jaeger)).toEqual({ 'uber-trace-id': `${TRACE}:${SPAN}:0:01` })
    expect(spanContextOf(jaeger, sent(jaeger))).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    })
  })

  test('without leading zeros, percent-encoded, upper case; debug is sampled', () => {
    expect(spanContextOf(jaeger, { 'uber-trace-id': '17%3AA%3A0%3A3' })).toEqual({
      traceId: '17'.padStart(32, '0'),
      spanId: 'a'.padStart(16, '0'),
      traceFlags: 1,
      isRemote: true,
    })
    expect(spanContextOf(jaeger, { 'uber-trace-id': '17:a:0:2' })!.traceFlags).toBe(0)
  })

  test('baggage', () => {
    const ctx = jaeger.extract(
      ROOT_CONTEXT,
      { 'uberctx-tenant': 'n%C3%B6rth', 'UBERCTX-x': '%zz' },
      defaultTextMapGetter,
    )
    const entries = propagation.getBaggage(ctx)!.getAllEntries()
    expect(entries.map(([key, { value }]) => [key, value])).toEqual([
      ['tenant', 'nörth'],
      ['x', '%zz'],
    ])
    expect(sent(jaeger, ctx)).toEqual({ 'uberctx-tenant': 'n%C3%B6rth', 'uberctx-x': '%25zz' })
  })

  test.each(['', '0:0:0:1', '17:a:0', 'x:a:0:1', `${'1'.repeat(33)}:a:0:1`])(
    '%j is passed over',
    (header) => {
      expect(spanContextOf(jaeger, { 'uber-trace-id': header })).toBeUndefined()
    },
  )
})

describe('xray', () => {
  const xray = createVendorPropagator('xray')
  const header = `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN};Sampled=1`

  test('there and back', () => {
    expect(sent(xray)).toEqual({ 'x-amzn-trace-id': header })
    expect(spanContextOf(xray, sent(xray))).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    })
    expect(
      spanContextOf(xray, {
        'x-amzn-trace-id': `Self=1-2; ${header.replace('Sampled=1', 'Sampled=0')} ; Lineage=x`,
      })!.traceFlags,
    ).toBe(0)
  })

  test.each([
    '',
    'Root=1-5759e988-bd862e3fe1be46a994272793',
    header.replace('Sampled=1', 'Sampled=?'),
    header.replace('1-', '2-'),
  ])('%j is passed over', (value) => {
    expect(spanContextOf(xray, { 'x-amzn-trace-id': value })).toBeUndefined()
  })
})

test('any header: never throws, gives a valid span context or none', () => {
  const all = [w3c, ...(['b3', 'b3multi', 'jaeger', 'xray'] as const).map(createVendorPropagator)]
  const names = [
    'traceparent',
    'tracestate',
    'b3',
    'x-b3-traceid',
    'x-b3-spanid',
    'x-b3-sampled',
    'uber-trace-id',
    'x-amzn-trace-id',
    'uberctx-a',
  ]
  const hex = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdefABCDEF:-;=%')),
    maxLength: 70,
  })
  const value = fc.oneof(
    hex,
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constant(header40()),
    fc.constant('x'.repeat(10_000)),
  )
  const carrier = fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.array(value, { maxLength: 3 })))
  fc.assert(
    fc.property(carrier, (given) => {
      for (const propagator of all) {
        const ctx = propagator.extract(ROOT_CONTEXT, given, defaultTextMapGetter)
        const found = trace.getSpanContext(ctx)
        expect(found === undefined || trace.isSpanContextValid(found)).toBe(true)
        for (const one of Object.values(sent(propagator, ctx))) expect(one).toMatch(/^[ -~]*$/)
      }
    }),
    RUNS,
  )
})

function header40(): string {
  return `00-${TRACE}-${SPAN}-01`
}
