// Headers of other vendors; and any header at all.
import { defaultTextMapGetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { createVendorPropagator } from '../src/tracing/propagators/create.ts'
import { TraceContextPropagator } from '../src/tracing/propagators/trace-context.ts'
import { sent, SPAN, spanContextOf, TRACE } from './support/propagation.ts'

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
  const all = [
    new TraceContextPropagator(),
    ...(['b3', 'b3multi', 'jaeger', 'xray'] as const).map(createVendorPropagator),
  ]
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
    fc.constant(`00-${TRACE}-${SPAN}-01`),
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
    { seed: 23, numRuns: 500 },
  )
})
