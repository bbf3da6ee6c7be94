import fs from 'node:fs'
import { context, propagation, ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api'
import { TraceState } from '@opentelemetry/core'
import { currentOperation, setOperation } from '@waybill/core'
import { decodePayload, encodePayload } from '../src/sources/payload.ts'
import { notifyAll } from '../src/sources/notify.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
let telemetry: Telemetry
let stderr: jest.SpyInstance
let said: string[]

beforeEach(() => {
  telemetry = startTelemetry()
  said = []
  stderr = jest.spyOn(fs, 'writeSync').mockImplementation((_fd, line) => said.push(String(line)))
})
afterEach(async () => {
  stderr.mockRestore()
  await telemetry.stop()
})

function full(): Context {
  const ctx = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    traceState: new TraceState('vendor=1'),
  })
  return propagation.setBaggage(
    setOperation(ctx, { id: 'a1b2c3d4' }),
    propagation.createBaggage({ tenant: { value: 'acme' } }),
  )
}

const carried = (payload: string) => (JSON.parse(payload) as { _context?: object })._context

test('the context goes in one reserved member and comes out again', () => {
  const payload = encodePayload({ id: 'P-1', note: 'größer' }, full(), 'c')
  expect(JSON.parse(payload)).toEqual({
    id: 'P-1',
    note: 'größer',
    _context: { traceparent, tracestate: 'vendor=1', baggage: 'tenant=acme', operation_id: 'a1b2c3d4' },
  })
  const { event, context: ctx } = decodePayload(payload)
  expect(event).toEqual({ id: 'P-1', note: 'größer' })
  expect(trace.getSpanContext(ctx)).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true })
  expect(propagation.getBaggage(ctx)?.getEntry('tenant')?.value).toBe('acme')
  expect(currentOperation(ctx)).toEqual({ id: 'a1b2c3d4' })
})

test('an empty event, and one with a context of its own', () => {
  expect(carried(encodePayload({}, full(), 'c'))).toMatchObject({ traceparent })
  const again = encodePayload({ id: 1, _context: { traceparent: 'stale', x: '"_context"' } }, full(), 'c')
  expect(carried(again)).toMatchObject({ traceparent })
  expect(encodePayload({ id: 1, _context: { traceparent: 'stale' } }, ROOT_CONTEXT, 'c')).toBe('{"id":1}')
  expect(encodePayload({ id: 1, in: { _context: 2 } }, ROOT_CONTEXT, 'c')).toBe(
    '{"id":1,"in":{"_context":2}}',
  )
})

test('where there is no context nothing is added', () => {
  expect(encodePayload({ id: 1 }, ROOT_CONTEXT, 'c')).toBe('{"id":1}')
})

test.each(['plain text', '{broken', '[1,2]', '42', '', 'null'])(
  'what is no JSON object goes and comes as it is: %s',
  (text) => {
    expect(encodePayload(text, full(), 'c')).toBe(text)
    expect(decodePayload(text)).toEqual({ event: text, context: ROOT_CONTEXT })
  },
)

test.each([null, 'text', 42, [1], { traceparent: 42, baggage: {} }, { traceparent: 'x'.repeat(9000) }])(
  'an ill-formed context is passed over: %j',
  (_context) => {
    const { event, context: ctx } = decodePayload(JSON.stringify({ id: 1, _context }))
    expect(event).toEqual({ id: 1 })
    expect(trace.getSpanContext(ctx)).toBeUndefined()
    expect(currentOperation(ctx)).toBeUndefined()
  },
)

test('the context gives way to the event, baggage first, and it is said once', () => {
  const event = (bytes: number) => ({ text: 'é'.repeat((bytes - 11) / 2) })
  expect(Buffer.byteLength(JSON.stringify(event(7999)))).toBe(7999)
  const keysAt = (bytes: number) => {
    const payload = encodePayload(event(bytes), full(), 'parcels')
    expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(Math.max(bytes, 7999))
    return Object.keys(carried(payload) ?? {})
  }
  const all = keysAt(11)
  expect(all).toEqual(['traceparent', 'tracestate', 'baggage', 'operation_id'])
  const size = Buffer.byteLength(encodePayload({ text: '' }, full(), 'parcels')) - 11
  expect(keysAt(7999 - size - (size % 2 === 0 ? 0 : 1))).toEqual(all)
  expect(said).toEqual([])

  expect(keysAt(7999 - size + 2)).toEqual(['traceparent', 'tracestate', 'operation_id'])
  expect(said).toEqual([
    'waybill: WAYBILL_PAYLOAD_TOO_LARGE: NOTIFY parcels: event and context are over 7999 bytes. Left out: baggage.\n',
  ])
  expect(keysAt(7999 - size + 30)).toEqual(['traceparent', 'operation_id'])
  expect(keysAt(7999 - 90)).toEqual(['traceparent'])
  expect(keysAt(7999 - 20)).toEqual([])
  // Too large by itself: PostgreSQL will say so.
  expect(keysAt(9001)).toEqual([])
  expect(said).toHaveLength(1)
})

test('many events go in one query, each with its context', async () => {
  const queries: [string, unknown[] | undefined][] = []
  const client = { query: async (text: string, values?: unknown[]) => queries.push([text, values]) }
  await notifyAll(client, 'parcels', [])
  expect(queries).toEqual([])
  await context.with(setOperation(ROOT_CONTEXT, { id: 'ffffffff' }), () =>
    notifyAll(client, 'parcels', [{ event: { id: 1 }, context: full() }, { event: { id: 2 } }]),
  )
  expect(queries).toHaveLength(1)
  const [channel, payloads] = queries[0]![1] as [string, string[]]
  expect(channel).toBe('parcels')
  expect(payloads.map(carried)).toMatchObject([{ traceparent }, { operation_id: 'ffffffff' }])
})
