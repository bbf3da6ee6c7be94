import { DEFAULT_LIMITS, type Limits } from '../limits.ts'
import { Refusal } from '../refusal.ts'
import type { Field, Message, ScalarType } from './fields.ts'

type Decoded = Record<string, unknown>

const VARINT = 0
const FIXED64 = 1
const DELIMITED = 2
const FIXED32 = 5

const WIRE_TYPES: Record<ScalarType, number> = {
  string: DELIMITED,
  hex: DELIMITED,
  bytes: DELIMITED,
  bool: VARINT,
  double: FIXED64,
  fixed32: FIXED32,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  int32: VARINT,
  sint32: VARINT,
  uint32: VARINT,
  int64: VARINT,
  uint64: VARINT,
}

/**
 * A protobuf message as its OTLP/JSON object: ids in lower-case hex, other bytes in base64, 64-bit integers as
 * decimal text, enums as integers, lowerCamelCase names. Fields that `message` does not have are passed over.
 * Throws a Refusal where the bytes are not such a message, or one that is larger or deeper than `limits`.
 */
export function decode(
  message: Message,
  bytes: Uint8Array,
  limits: Pick<Limits, 'depth' | 'elements'> = DEFAULT_LIMITS,
): Decoded {
  return new Reader(bytes, limits).message(message, {}, bytes.byteLength, 1)
}

class Reader {
  readonly #bytes: Buffer
  readonly #limits: Pick<Limits, 'depth' | 'elements'>
  #position = 0
  /** where the message that is being read ends: nothing in it may reach further */
  #end: number
  #elements = 0

  constructor(bytes: Uint8Array, limits: Pick<Limits, 'depth' | 'elements'>) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.byteLength
    this.#limits = limits
  }

  /** Reads up to `end` into `target`: a message that comes twice is merged, as protobuf asks. */
  message(message: Message, target: Decoded, end: number, depth: number): Decoded {
    if (depth > this.#limits.depth) throw new Refusal('malformed', 'protobuf: nested too deep')
    const outer = this.#end
    this.#end = end
    let chosen: string | undefined
    while (this.#position < end) {
      const tag = this.#size()
      const wireType = tag & 7
      if (tag < 8) throw new Refusal('malformed', 'protobuf: field number 0')
      const field = message.get(tag >>> 3)
      if (!field || !this.#field(field, wireType, target, depth)) {
        this.#skip(wireType)
      } else if (field.oneof) {
        if (chosen !== undefined && chosen !== field.name) delete target[chosen]
        chosen = field.name
      }
    }
    this.#end = outer
    return target
  }

  /** False, with nothing read, where the wire type is not one that the field can have. */
  #field(field: Field, wireType: number, target: Decoded, depth: number): boolean {
    const { name, type, repeated } = field
    if (typeof type !== 'string') {
      if (wireType !== DELIMITED) return false
      const end = this.#until()
      if (repeated) this.#list(target, name).push(this.message(type, this.#element({}), end, depth + 1))
      else target[name] = this.message(type, (target[name] ?? this.#element({})) as Decoded, end, depth + 1)
      return true
    }
    const own = WIRE_TYPES[type]
    if (wireType === own) {
      if (repeated) this.#list(target, name).push(this.#element(this.#scalar(type)))
      else target[name] = this.#scalar(type)
      return true
    }
    if (!repeated || wireType !== DELIMITED) return false
    this.#packed(type, this.#list(target, name))
    return true
  }

  #packed(type: ScalarType, list: unknown[]): void {
    const end = this.#until()
    const outer = this.#end
    this.#end = end
    while (this.#position < end) list.push(this.#element(this.#scalar(type)))
    this.#end = outer
  }

  #list(target: Decoded, name: string): unknown[] {
    return (target[name] ??= []) as unknown[]
  }

  #element<T>(value: T): T {
    if (++this.#elements > this.#limits.elements)
      throw new Refusal('large', 'too many elements in one request')
    return value
  }

  #scalar(type: ScalarType): string | number | boolean {
    switch (type) {
      case 'string':
        return this.#text('utf8')
      case 'hex':
        return this.#text('hex')
      case 'bytes':
        return this.#text('base64')
      case 'bool':
        return Number(this.#varint()) !== 0
      case 'double':
        return jsonDouble(this.#bytes.readDoubleLE(this.#take(8)))
      case 'fixed32':
        return this.#bytes.readUInt32LE(this.#take(4))
      case 'fixed64':
        return String(this.#bytes.readBigUInt64LE(this.#take(8)))
      case 'sfixed64':
        return String(this.#bytes.readBigInt64LE(this.#take(8)))
      case 'int32':
        return Number(BigInt.asIntN(32, BigInt(this.#varint())))
      case 'uint32':
        return Number(BigInt.asUintN(32, BigInt(this.#varint())))
      case 'sint32': {
        const value = Number(BigInt.asUintN(32, BigInt(this.#varint())))
        return (value >>> 1) ^ -(value & 1)
      }
      case 'int64':
        return String(BigInt.asIntN(64, BigInt(this.#varint())))
      case 'uint64':
        return String(BigInt.asUintN(64, BigInt(this.#varint())))
    }
  }

  #text(encoding: 'utf8' | 'hex' | 'base64'): string {
    const end = this.#until()
    const text = this.#bytes.toString(encoding, this.#position, end)
    this.#position = end
    return text
  }

  #skip(wireType: number): void {
    if (wireType === VARINT) this.#varint()
    else if (wireType === FIXED64) this.#take(8)
    else if (wireType === FIXED32) this.#take(4)
    else if (wireType === DELIMITED) this.#position = this.#until()
    else throw new Refusal('malformed', `protobuf: wire type ${wireType}`)
  }

  /** Where what follows ends, by the length before it. */
  #until(): number {
    const length = this.#size()
    if (length > this.#end - this.#position) throw new Refusal('malformed', 'protobuf: truncated')
    return this.#position + length
  }

  /** Steps over `count` bytes and answers where they begin. */
  #take(count: number): number {
    const begin = this.#position
    if (count > this.#end - begin) throw new Refusal('malformed', 'protobuf: truncated')
    this.#position = begin + count
    return begin
  }

  #size(): number {
    const value = this.#varint()
    if (typeof value === 'bigint' || value > 0x7fff_ffff) {
      throw new Refusal('malformed', 'protobuf: tag or length out of range')
    }
    return value
  }

  /** Up to 35 bits as a number, more as a bigint. */
  #varint(): number | bigint {
    let value = 0
    let scale = 1
    for (let count = 0; count < 5; count++) {
      const byte = this.#bytes[this.#take(1)]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    let large = BigInt(value)
    for (let shift = 35n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)]!
      large |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return large
    }
    throw new Refusal('malformed', 'protobuf: varint longer than ten bytes')
  }
}

/** Proto3's JSON form of a double. */
function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
