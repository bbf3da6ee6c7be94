import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api'
import { currentOperationId, setOperation } from '@waybill/core'
import { createPropagator } from '../src/tracing/propagator.ts'

const both = createPropagator(['tracecontext', 'baggage'])
const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }

test('the operation travels in the baggage, and the app’s own baggage stays what it was', () => {
  const sent = setOperation(
    propagation.setBaggage(
      trace.setSpanContext(ROOT_CONTEXT, spanContext),
      propagation.createBaggage({ tenant: { value: 'north' } }),
    ),
    { id: 'a1b2c3d4' },
  )
  const carrier: Record<string, string> = {}
  both.inject(sent, carrier, defaultTextMapSetter)
  expect(carrier).toEqual({
    traceparent: `00-${spanContext.traceId}-${spanContext.spanId}-01`,
    baggage: 'tenant=north,operation_id=a1b2c3d4',
  })
  const received = both.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
  expect(currentOperationId(received)).toBe('a1b2c3d4')
  expect(
    propagation
      .getBaggage(received)
      ?.getAllEntries()
      .map(([key]) => key),
  ).toEqual(['tenant'])
  expect(trace.getSpanContext(received)).toMatchObject(spanContext)
})

test('work that enters without an operation gets one, an ill-formed one is replaced', () => {
  expect(currentOperationId(both.extract(ROOT_CONTEXT, {}, defaultTextMapGetter))).toMatch(/^[0-9a-f]{8}$/)
  const hostile = { baggage: `operation_id=${'x'.repeat(200)}` }
  expect(currentOperationId(both.extract(ROOT_CONTEXT, hostile, defaultTextMapGetter))).toMatch(
    /^[0-9a-f]{8}$/,
  )
})

test('none: nothing is written', () => {
  const carrier = {}
  createPropagator([]).inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter)
  expect(carrier).toEqual({})
})
