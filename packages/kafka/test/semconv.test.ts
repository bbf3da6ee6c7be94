import * as published from '@opentelemetry/semantic-conventions/incubating'
import { SpanKind } from '@opentelemetry/api'
import manifest from '../package.json'
import * as semconv from '../src/semconv.ts'
import { SCOPE, VERSION } from '../src/version.ts'

const constants = Object.entries(semconv).filter(([name]) => /^(?:MESSAGING|METRIC|SERVER|ERROR)_/.test(name))
const client = { clientId: 'c', groupId: 'g', serverAddress: 'broker', serverPort: 9092 }

test.each(constants)('%s is a name of the semantic conventions', (_, value) => {
  expect(Object.values(published)).toContain(value)
})

test('the scope is this package', () => {
  expect({ name: SCOPE, version: VERSION }).toEqual({ name: manifest.name, version: manifest.version })
})

test('the key is on the span on request only, and bounded', () => {
  const key = 'k'.repeat(1000)
  const span = (withKey: boolean, given: string | Buffer) =>
    semconv.sendOneSpan('t', { key: given, value: 'v' }, {}, withKey).attributes[
      'messaging.kafka.message.key'
    ]
  expect(span(false, key)).toBeUndefined()
  expect(span(true, key)).toHaveLength(256)
  expect(span(true, Buffer.from('key'))).toBe('key')
})

test('a process span', () => {
  const message = { key: null, value: null, headers: {}, offset: '7' }
  expect(semconv.processSpan({ topic: 't', partition: 3, message }, client, true)).toEqual({
    name: 'process t',
    kind: SpanKind.CONSUMER,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 't',
      'messaging.destination.partition.id': '3',
      'messaging.kafka.offset': 7,
      'messaging.kafka.message.tombstone': true,
      'messaging.consumer.group.name': 'g',
      'messaging.client.id': 'c',
      'server.address': 'broker',
      'server.port': 9092,
    },
  })
})

test.each([
  ['broker:9092', { serverAddress: 'broker', serverPort: 9092 }],
  ['[::1]:9092', { serverAddress: '::1', serverPort: 9092 }],
  ['broker', {}],
  ['user:pass@broker:1', {}],
  [undefined, {}],
])('the server of %s', (broker, expected) => {
  expect(semconv.serverOf(broker)).toEqual(expected)
})

test.each([['9007199254740993'], ['-1'], ['x'], [undefined]])('an offset that is no number: %s', (offset) => {
  expect(semconv.placeAttributes(0, offset)).toEqual({ 'messaging.destination.partition.id': '0' })
})
