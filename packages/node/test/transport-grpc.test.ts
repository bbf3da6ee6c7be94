// OTLP over gRPC against real servers: what each answer comes to.
import { grpcAnswer } from './support/collector.ts'
import { bytes, endpointOf, field, PARTIAL, transportTo, useTransports } from './support/transports.ts'

const { grpc, http } = useTransports()

/** google.rpc.Status with RetryInfo of 1.5 s. */
const RETRY_INFO = field(
  3,
  Buffer.concat([
    field(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    // nanos: 500000000
    field(2, field(1, Buffer.from([8, 1, 16, 0x80, 0xca, 0xb5, 0xee, 0x01]))),
  ]),
)

const details = (status: Uint8Array): Record<string, string> => ({
  'grpc-status-details-bin': Buffer.from(status).toString('base64'),
})

test('a call: path, headers, one connection for many at once', async () => {
  const [transport, collector] = await grpc()
  const outcomes = await Promise.all(
    ['one', 'two', 'three'].map((text) => transport.send(bytes(text), 'protobuf')),
  )
  expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'delivered' })))
  expect(collector.bodies()).toEqual(['one', 'two', 'three'])
  expect(collector.sockets()).toBe(1)
  expect(collector.received[0]).toMatchObject({
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    headers: { authorization: 'Bearer x', 'content-type': 'application/grpc' },
  })
})

test('an answer that is cut off before its status: perhaps taken, tried again', async () => {
  const [transport] = await grpc((_request, stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.end(Buffer.alloc(5))
  })
  expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
    kind: 'retry',
    reason: 'the answer was cut off',
    error: 'ECONNRESET',
    unsure: true,
  })
})

test.each([
  ['UNAVAILABLE', 14, {}, { kind: 'retry', after: undefined, error: '14', unsure: false }],
  ['UNAVAILABLE with RetryInfo', 14, details(RETRY_INFO), { kind: 'retry', after: 1500 }],
  ['UNAVAILABLE with pushback', 14, { 'grpc-retry-pushback-ms': '250' }, { kind: 'retry', after: 250 }],
  [
    'details that are no message',
    14,
    details(Buffer.from([255, 255, 255])),
    { kind: 'retry', after: undefined },
  ],
  ['DEADLINE_EXCEEDED', 4, {}, { kind: 'retry', unsure: true }],
  ['RESOURCE_EXHAUSTED', 8, {}, { kind: 'refused' }],
  ['RESOURCE_EXHAUSTED with RetryInfo', 8, details(RETRY_INFO), { kind: 'retry', after: 1500 }],
  [
    'a message too large',
    8,
    { 'grpc-message': 'received message larger than max (5 vs. 4)' },
    { kind: 'refused', reason: expect.stringContaining('OTEL_BSP_MAX_EXPORT_BATCH_SIZE') as string },
  ],
  [
    'INVALID_ARGUMENT',
    3,
    { 'grpc-message': 'bad%20span' },
    { kind: 'refused', reason: 'gRPC status 3: bad span' },
  ],
  ['UNIMPLEMENTED', 12, {}, { kind: 'refused', reason: expect.stringContaining('no receiver') as string }],
  ['UNAUTHENTICATED', 16, {}, { kind: 'refused', reason: expect.stringContaining('HEADERS') as string }],
])('%s', async (_name, status, trailers, outcome) => {
  const [transport] = await grpc((_request, stream) => grpcAnswer(stream, status, trailers))
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject(outcome)
})

test('partial success', async () => {
  const [transport] = await grpc((_request, stream) => grpcAnswer(stream, 0, {}, PARTIAL))
  expect(await transport.send(bytes('x'), 'protobuf')).toEqual({
    kind: 'delivered',
    rejected: 5,
    reason: 'too old',
  })
})

test('an answer without a gRPC status: for good, with a hint', async () => {
  const [transport] = await grpc((_request, stream) => {
    stream.respond({ ':status': 404 })
    stream.end()
  })
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('is this port for OTLP over gRPC?') as string,
  })
})

test('an HTTP/1.1 server: tried again, not a crash', async () => {
  const [, collector] = await http()
  const transport = transportTo('gRPC', endpointOf(collector.url, 'gRPC'))
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'retry' })
})

test('a server that goes away in good order answers what is on its way, and is left for the next', async () => {
  let streams = 0
  const [transport, collector] = await grpc((_request, stream) => {
    if (++streams === 1) stream.session?.goaway()
    grpcAnswer(stream)
  })
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  expect(collector.bodies()).toEqual(['x', 'y'])
})
