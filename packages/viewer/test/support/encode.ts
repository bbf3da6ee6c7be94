import type { Field, Message } from '../../src/otlp/fields.ts'

/** The protobuf bytes of an OTLP/JSON-shaped message: the way back of `decode`, for tests. */
export function encode(message: Message, value: Record<string, unknown>): Buffer {
  const parts: Buffer[] = []
  for (const [number, field] of message) {
    const held = value[field.name]
    if (held === undefined) continue
    for (const item of field.repeated ? (held as unknown[]) : [held])
      parts.push(encodeField(number, field, item))
  }
  return Buffer.concat(parts)
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

export function delimited(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(bytes.length)), bytes])
}

function encodeField(number: number, { type }: Field, value: unknown): Buffer {
  if (typeof type !== 'string') return delimited(number, encode(type, value as Record<string, unknown>))
  const tagged = (wireType: number, bytes: Buffer): Buffer =>
    Buffer.concat([varint(BigInt((number << 3) | wireType)), bytes])
  const fixed = Buffer.alloc(8)
  switch (type) {
    case 'string':
      return delimited(number, Buffer.from(value as string, 'utf8'))
    case 'hex':
      return delimited(number, Buffer.from(value as string, 'hex'))
    case 'bytes':
      return delimited(number, Buffer.from(value as string, 'base64'))
    case 'bool':
      return tagged(0, varint(value === true ? 1n : 0n))
    case 'double':
      fixed.writeDoubleLE(Number(value))
      return tagged(1, fixed)
    case 'fixed64':
      fixed.writeBigUInt64LE(BigInt(value as string))
      return tagged(1, fixed)
    case 'sfixed64':
      fixed.writeBigInt64LE(BigInt(value as string))
      return tagged(1, fixed)
    case 'fixed32':
      fixed.writeUInt32LE(value as number)
      return tagged(5, fixed.subarray(0, 4))
    case 'sint32': {
      const number32 = value as number
      return tagged(0, varint(BigInt(((number32 << 1) ^ (number32 >> 31)) >>> 0)))
    }
    default:
      return tagged(0, varint(BigInt(value as string | number)))
  }
}
