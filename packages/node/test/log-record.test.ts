// Ours beside upstream's: the same calls, the same log records.
import { ROOT_CONTEXT, SeverityNumber, type Attributes, type LogRecord } from '@opentelemetry/api'
import { LoggerProvider as Upstream } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { LoggerProvider } from '../src/logging/logger-provider.ts'
import { inSpan, made, OTHER, SPAN, useContextAt, type Change } from './support/log-records.ts'
import { useSaid } from './support/said.ts'

useSaid()
useContextAt(4_000_000_000_123)
const limits = { attributeCountLimit: 4, attributeValueLengthLimit: 8 }
const LONG = 'longer than eight'
const error = Object.assign(new TypeError('no'), { stack: 'stack' })

const CASES: Record<string, LogRecord | [LogRecord, Change]> = {
  nothing: {},
  everything: {
    body: 'hello',
    severityNumber: SeverityNumber.WARN2,
    severityText: 'warn',
    eventName: 'order.accepted',
    timestamp: [100, 5],
    observedTimestamp: new Date(5000),
    attributes: { text: 'a', number: 1, float: 0.5, flag: false },
    context: inSpan(OTHER),
  },
  'milliseconds since 1970': { timestamp: 1_764_000_000_001.25 },
  'the context it is given': { context: inSpan(OTHER) },
  'a context without a span': { context: ROOT_CONTEXT },
  'a trace that is none': { context: inSpan({ ...SPAN, traceId: '0'.repeat(32) }) },
  'a span that is none': { context: inSpan({ ...SPAN, spanId: '0'.repeat(16) }) },
  'a body of many kinds': { body: { list: ['a', 1, null, { b: new Uint8Array([1, 2]) }], none: undefined } },
  'a body that is long': { body: LONG },
  'attributes of every kind': {
    attributes: { list: ['a', LONG], map: { b: { c: [LONG] } }, bytes: new Uint8Array(10), none: null },
  },
  'no attributes': {
    attributes: {
      '': 'a',
      undefined: undefined,
      function: (() => 1) as never,
      big: 1n as never,
      symbol: Symbol('s') as never,
      date: new Date(0) as never,
    },
  },
  'just enough': { attributes: { a: 1, b: 2, c: 3, d: 'exactly8' } },
  'too many': { attributes: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 } },
  'too long': { attributes: { a: 1, b: LONG } },
  'too many after the ones that are none': {
    attributes: { '': 0, a: 1, b: undefined, c: 3, d: 4, e: 5, f: 6 },
  },
  cyclic: { attributes: { a: 1, cycle: cyclic() } },
  'an error': { exception: error },
  'an error with a code': { exception: { code: 7, name: 'E', message: 'm' } },
  'what the app says of the error itself': {
    exception: error,
    attributes: { 'exception.type': 'Mine', 'exception.message': '' },
  },
  'an error beyond the limit': { exception: error, attributes: { a: 1, b: 2, c: 3 } },
  'an error that is a text': { exception: 'no' },
  'an error that is an empty text': { exception: '' },
  'an error that is a number': { exception: 0 },
  'an error that says nothing': { exception: {} },
  'an error that is none': { exception: true },
  'no error': { exception: null },
  'processors that change it': [
    { attributes: { a: 1, b: 2 }, body: 'before', severityNumber: 9 },
    (record) => {
      record
        .setAttribute('a', LONG)
        .setAttribute('c', [LONG])
        .setAttributes({ d: 4, e: 5, b: true })
        .setBody('after')
        .setEventName('event')
        .setSeverityNumber(SeverityNumber.FATAL)
        .setSeverityText('fatal')
      record.spanContext = OTHER
      record.hrTime = [1, 2]
      record.hrTimeObserved = [3, 4]
    },
  ],
  'processors that change it late': [
    { attributes: { a: 1 }, body: 'before', severityText: 'info', eventName: 'event' },
    (record) =>
      queueMicrotask(() => {
        record.setAttribute('a', 2).setAttributes({ b: 3 }).setBody('after').setEventName('late')
        record.setSeverityNumber(SeverityNumber.FATAL).setSeverityText('fatal')
        Object.assign(record, { spanContext: undefined })
        record.hrTime = [1, 2]
        record.hrTimeObserved = [3, 4]
      }),
  ],
}

describe.each([
  ['default limits', {}],
  ['small limits', limits],
  ['limits of nothing', { attributeCountLimit: 0, attributeValueLengthLimit: 0 }],
])('%s', (_, logRecordLimits) => {
  test.each(Object.entries(CASES))('%s', async (_name, given) => {
    const [record, change] = Array.isArray(given) ? given : [given]
    const ours = await made(LoggerProvider, logRecordLimits, record, change)
    expect(ours).toEqual(await made(Upstream, logRecordLimits, record, change))
  })
})

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('', 'a', 'exception.type'))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(text, fc.double(), fc.boolean(), fc.constantFrom(null, undefined, 1n, Symbol('s'), new Date(0))),
    fc.uint8Array({ maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
}))
const time = fc.oneof(
  fc.double({ min: 0, max: 4e12, noNaN: true }),
  fc.tuple(fc.nat(), fc.nat({ max: 999_999_999 })),
  fc.date({ noInvalidDate: true }),
)
const logged = fc.record(
  {
    body: value,
    attributes: fc.dictionary(text, value, { maxKeys: 6 }),
    exception: fc.oneof(
      value,
      fc.record({ code: fc.oneof(text, fc.nat()), name: text, message: text, stack: text }),
    ),
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: text,
    eventName: text,
    timestamp: time,
    observedTimestamp: time,
    context: fc.constantFrom(ROOT_CONTEXT, inSpan(SPAN), inSpan(OTHER)),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<LogRecord>
const someLimits = fc.record(
  { attributeCountLimit: fc.nat({ max: 5 }), attributeValueLengthLimit: fc.integer({ min: 1, max: 6 }) },
  { requiredKeys: [] },
)

test('whatever is logged: the same record as upstream makes', async () => {
  await fc.assert(
    fc.asyncProperty(logged, someLimits, async (given, of) => {
      const ours = await made(LoggerProvider, of, given)
      const theirs = await made(Upstream, of, given).catch(() => undefined)
      // It throws at the app where an exception has no text.
      fc.pre(theirs !== undefined)
      expect(ours).toEqual(theirs)
    }),
    { numRuns: 500 },
  )
})

function cyclic(): Attributes {
  const cycle: Attributes = {}
  cycle['again'] = { cycle }
  return cycle
}
