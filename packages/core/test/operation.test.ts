import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  acceptOperationId,
  adoptOperation,
  currentFields,
  currentOperation,
  currentOperationId,
  extractHeaders,
  injectHeaders,
  makeOperation,
  setOperation,
  withFields,
  withOperation,
} from '../src/index.ts'

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
})
afterAll(() => {
  context.disable()
  propagation.disable()
})

describe('an operation', () => {
  test('lasts as long as its function, across awaits, and never leaks', async () => {
    expect(currentOperation()).toBeUndefined()
    const seen: (string | undefined)[] = []
    const work = withOperation('import', async () => {
      seen.push(currentOperationId())
      await new Promise((resolve) => setImmediate(resolve))
      seen.push(currentOperationId())
      return currentOperation()?.name
    })
    expect(currentOperation()).toBeUndefined()
    expect(await work).toBe('import')
    expect(seen[0]).toMatch(/^[0-9a-f]{8}$/)
    expect(seen[1]).toBe(seen[0])
    expect(() =>
      withOperation('fails', () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(currentOperation()).toBeUndefined()
  })

  test('nests, each with an id of its own', () => {
    withOperation('outer', () => {
      const outer = currentOperationId()
      withOperation('inner', () => expect(currentOperationId()).not.toBe(outer))
      expect(currentOperationId()).toBe(outer)
    })
  })

  test.each([
    ['a1b2c3d4', true],
    ['0191e3b8-6b5c-7c3d-8a4e-123456789abc', true],
    ['A1B2C3D4', true],
    ['', false],
    ['a1b2c3d', false],
    ['a1b2c3d4\n', false],
    ['x1b2c3d4', false],
    ['a1b2c3d4'.repeat(2000), false],
    [undefined, false],
    [42, false],
  ])('an inbound id %j is kept: %j', (inbound, kept) => {
    expect(acceptOperationId(inbound)).toBe(kept ? inbound : undefined)
    const { id } = makeOperation(inbound)
    expect(id).toMatch(kept ? new RegExp(`^${String(inbound)}$`) : /^[0-9a-f]{8}$/)
  })

  test('ids of its own making do not repeat', () => {
    const ids = new Set(Array.from({ length: 5000 }, () => makeOperation(undefined).id))
    expect(ids.size).toBeGreaterThan(4990)
  })

  test('is found through the span that adopted it', () => {
    const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 })
    adoptOperation(span, setOperation(ROOT_CONTEXT, { id: 'a1b2c3d4' }))
    expect(currentOperationId(trace.setSpan(ROOT_CONTEXT, span))).toBe('a1b2c3d4')
  })
})

describe('fields', () => {
  test('add up and end with their function', () => {
    withFields({ request_id: 'r1', user_id: 'u1' }, () => {
      withFields({ user_id: 'u2' }, () =>
        expect(currentFields()).toEqual({ request_id: 'r1', user_id: 'u2' }),
      )
      expect(currentFields()).toEqual({ request_id: 'r1', user_id: 'u1' })
    })
    expect(currentFields()).toEqual({})
  })
})

describe('headers', () => {
  const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
  const ctx = setOperation(
    propagation.setBaggage(
      trace.setSpanContext(ROOT_CONTEXT, spanContext),
      propagation.createBaggage({ tenant: { value: 'north' } }),
    ),
    { id: 'a1b2c3d4' },
  )

  test('carry the context there and back, as strings, Buffers or arrays', () => {
    const given = Object.freeze({ mine: 'kept' })
    const headers = injectHeaders(ctx, given)
    expect(headers).toEqual({
      mine: 'kept',
      traceparent: `00-${spanContext.traceId}-${spanContext.spanId}-01`,
      baggage: 'tenant=north',
      operation_id: 'a1b2c3d4',
    })
    const forms = [
      headers,
      Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, Buffer.from(value)])),
      Object.fromEntries(
        Object.entries(headers).map(([key, value]) => [key, [Buffer.from(value), 'second']]),
      ),
    ]
    for (const form of forms) {
      const read = extractHeaders(ROOT_CONTEXT, form)
      expect(trace.getSpanContext(read)).toMatchObject({ ...spanContext, isRemote: true })
      expect(propagation.getBaggage(read)?.getEntry('tenant')?.value).toBe('north')
      expect(currentOperationId(read)).toBe('a1b2c3d4')
    }
  })

  test('that carry a creation context already are left as they are', () => {
    const given = { traceparent: Buffer.from(`00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`) }
    expect(injectHeaders(ctx, given)).toBe(given)
  })

  test.each([
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['far too long', 'a'.repeat(1_000_000)],
    ['empty', ''],
    ['an array of nothing', []],
    ['null', null],
  ])('that are %s are passed over', (_, value) => {
    const headers = { traceparent: value, tracestate: value, baggage: value, operation_id: value }
    const read = extractHeaders(ROOT_CONTEXT, headers)
    expect(trace.getSpanContext(read)).toBeUndefined()
    expect(currentOperation(read)).toBeUndefined()
  })
})
