import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { decode } from '../../viewer/src/otlp/decode.ts'
import { logsRequest, tracesRequest } from '../../viewer/src/otlp/fields.ts'
import { encodeLogRecord } from '../src/export/encode/log.ts'
import type { Recorded } from '../src/export/encode/encoder.ts'
import { ProtobufEncoder } from '../src/export/encode/protobuf.ts'
import { encodeSpan } from '../src/export/encode/span.ts'
import { record, resource, span, withScopes } from './support/telemetry.ts'

const LIMITS = { depth: 64, elements: 1_000_000 }

test('spans: the same request as upstream makes', () => {
  fc.assert(
    fc.property(withScopes(span), resource, ([fields, scopes, which], ofAll) => {
      const spans = belonging(fields, scopes, which, ofAll).map(
        ({ self, ...rest }) => ({ ...rest, spanContext: () => self }) as unknown as ReadableSpan,
      )
      const encoder = new ProtobufEncoder<ReadableSpan>(ofAll, encodeSpan)
      expect(meaning(tracesRequest, encoded(encoder, spans))).toEqual(
        meaning(tracesRequest, ProtobufTraceSerializer.serializeRequest(spans)!),
      )
    }),
    { numRuns: 300 },
  )
})

test('log records: the same request as upstream makes', () => {
  fc.assert(
    fc.property(withScopes(record), resource, ([fields, scopes, which], ofAll) => {
      const records = belonging(fields, scopes, which, ofAll) as unknown as ReadableLogRecord[]
      const encoder = new ProtobufEncoder<ReadableLogRecord>(ofAll, encodeLogRecord)
      expect(meaning(logsRequest, encoded(encoder, records))).toEqual(
        meaning(logsRequest, ProtobufLogsSerializer.serializeRequest(records)!),
      )
    }),
    { numRuns: 300 },
  )
})

test('the buffers of one batch serve the next', () => {
  const encoder = new ProtobufEncoder<ReadableLogRecord>(resourceFromAttributes({}), encodeLogRecord)
  const of = (name: string, body: string): ReadableLogRecord =>
    ({
      hrTime: [1, 2],
      hrTimeObserved: [1, 2],
      body,
      attributes: {},
      droppedAttributesCount: 0,
      instrumentationScope: scopesByName[name],
    }) as unknown as ReadableLogRecord
  const scopesByName: Record<string, object> = { a: { name: 'a' }, b: { name: 'b' } }
  const bodies = (): string[] => {
    const text = JSON.stringify(decode(logsRequest, encoder.cut().requests()[0]!.bytes))
    return [...text.matchAll(/"stringValue":"(\w+)"/g)].map(([, body]) => body!)
  }
  encoder.add(of('a', 'one'))
  encoder.add(of('b', 'two'))
  expect(bodies()).toEqual(['one', 'two'])
  encoder.add(of('b', 'three'))
  expect(bodies()).toEqual(['three'])
  encoder.add(of('a', 'four'))
  expect(bodies()).toEqual(['four'])
})

test('a record that cannot be encoded leaves no trace in the batch', () => {
  const encoder = new ProtobufEncoder<ReadableLogRecord>(resourceFromAttributes({}), encodeLogRecord)
  const of = (attributes: object): ReadableLogRecord =>
    ({
      hrTime: [1, 2],
      hrTimeObserved: [1, 2],
      attributes,
      instrumentationScope,
    }) as unknown as ReadableLogRecord
  const instrumentationScope = { name: 'a' }
  encoder.add(of({ good: 1 }))
  const hostile = Object.defineProperty({}, 'get', {
    enumerable: true,
    get: () => {
      throw new Error('not today')
    },
  })
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(() => encoder.add(of(hostile))).toThrow('not today')
  expect(() => encoder.add(of(cyclic))).toThrow('call stack')
  encoder.add(of({ good: 2 }))
  expect(encoder.items).toBe(2)
  const text = JSON.stringify(decode(logsRequest, encoder.cut().requests()[0]!.bytes))
  expect([...text.matchAll(/"intValue":"(\d)"/g)].map(([, n]) => n)).toEqual(['1', '2'])
})

/** Each with the resource of all, and one of the scopes. */
function belonging<T>(
  fields: readonly T[],
  scopes: readonly object[],
  which: readonly number[],
  ofAll: Resource,
) {
  return fields.map((rest, i) => ({
    ...rest,
    resource: ofAll,
    instrumentationScope: scopes[which[i]! % scopes.length],
  }))
}

function encoded<T extends Recorded>(encoder: ProtobufEncoder<T>, items: readonly T[]): Uint8Array {
  for (const one of items) encoder.add(one)
  return encoder.cut().requests()[0]!.bytes
}

/** Decoded, without fields that have their default: a writer may leave them out. */
function meaning(message: typeof tracesRequest, bytes: Uint8Array): unknown {
  return withoutDefaults(decode(message, bytes, LIMITS))
}

const COUNTS = /^dropped\w+Count$|^severityNumber$/

function withoutDefaults(decoded: unknown): unknown {
  if (Array.isArray(decoded)) return decoded.map(withoutDefaults)
  if (typeof decoded !== 'object' || decoded === null) return decoded
  const entries = Object.entries(decoded).flatMap(([name, field]) => {
    if (COUNTS.test(name) && field === 0) return []
    if (name === 'status' && JSON.stringify(field) === '{"code":0}') return []
    return [[name, withoutDefaults(field)]]
  })
  return Object.fromEntries(entries) as unknown
}
