/** An ExportTraceServiceRequest in protobuf with one scope. @param ids span ids in hex */
export function traceRequest(tracer: string, ids: readonly string[]): Buffer {
  const scope = field(1, field(1, Buffer.from(tracer)))
  const spans = ids.map((id) =>
    field(2, Buffer.concat([field(1, Buffer.alloc(16, 7)), field(2, Buffer.from(id, 'hex')), END_TIME])),
  )
  return field(1, field(2, Buffer.concat([scope, ...spans])))
}

/** Span.end_time_unix_nano: eight bytes, to be passed over. */
const END_TIME = Buffer.from([(8 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8])

function field(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(value.length)]), value])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
