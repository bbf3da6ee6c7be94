import { createTraceState, type Attributes, type SpanContext } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import fc from 'fast-check'

// Any spans and log records, as fast-check makes them up.

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length })
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ minLength: 100, maxLength: 20_000 }),
  // Halves of surrogate pairs: what UTF-8 has no form for.
  fc.constantFrom(
    '',
    '\ud800',
    'a\udc00b',
    'é'.repeat(130),
    'x'.repeat(127),
    'x'.repeat(128),
    '🙂'.repeat(40),
  ),
)
const key = fc.oneof(
  fc.constantFrom('http.route', 'db.query.text', 'schlüssel', ''),
  fc.string({ maxLength: 80 }),
)
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    2 ** 31,
    2 ** 32,
    -(2 ** 31),
    2 ** 53,
    2 ** 63,
    -(2 ** 63),
    1e300,
    NaN,
    Infinity,
    0.5,
  ),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      text,
      number,
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(12n, Symbol('s'), () => 1, new Date(0), new Map([[1, 2]])),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}))
const attributes = fc.dictionary(key, value, { maxKeys: 8 }) as fc.Arbitrary<Attributes>
const time = fc.tuple(
  fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 }),
    fc.constantFrom(0, 65_535, 65_536, 1_764_000_000, 9_000_000_000),
  ),
  fc.integer({ min: 0, max: 999_999_999 }),
)
const dropped = fc.oneof(fc.constant(0), fc.nat())
const context: fc.Arbitrary<SpanContext> = fc.record(
  {
    traceId: hex(32),
    spanId: hex(16),
    traceFlags: fc.nat({ max: 255 }),
    isRemote: fc.boolean(),
    traceState: fc.constantFrom(createTraceState('a=1,b=2'), createTraceState('')),
  },
  { requiredKeys: ['traceId', 'spanId', 'traceFlags'] },
)
const scope = fc.record(
  { name: text, version: text, schemaUrl: text, attributes, droppedAttributesCount: dropped },
  { requiredKeys: ['name'] },
)
export const resource = fc
  .tuple(attributes, fc.option(fc.webUrl(), { nil: undefined }))
  .map(([own, schemaUrl]) => resourceFromAttributes(own, schemaUrl === undefined ? {} : { schemaUrl }))

export const span = fc.record({
  self: context,
  parentSpanContext: fc.option(context, { nil: undefined }),
  name: text,
  kind: fc.integer({ min: 0, max: 4 }),
  startTime: time,
  endTime: time,
  attributes,
  droppedAttributesCount: dropped,
  events: fc.array(
    fc.record(
      { name: text, time, attributes, droppedAttributesCount: dropped },
      { requiredKeys: ['name', 'time'] },
    ),
    { maxLength: 3 },
  ),
  droppedEventsCount: dropped,
  links: fc.array(
    fc.record({ context, attributes, droppedAttributesCount: dropped }, { requiredKeys: ['context'] }),
    { maxLength: 3 },
  ),
  droppedLinksCount: dropped,
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }, { requiredKeys: ['code'] }),
})
export const record = fc.record(
  {
    hrTime: time,
    hrTimeObserved: time,
    spanContext: context,
    severityText: text,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    body: value,
    eventName: text,
    attributes,
    droppedAttributesCount: dropped,
  },
  { requiredKeys: ['hrTime', 'hrTimeObserved', 'attributes', 'droppedAttributesCount'] },
)

/** Some of them, and their scopes. Scopes are told apart by identity: each record takes one of a few. */
export const withScopes = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly [T[], object[], number[]]> =>
  fc.tuple(
    fc.array(one, { minLength: 1, maxLength: 6 }),
    fc.array(scope, { minLength: 1, maxLength: 3 }),
    fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
  )
