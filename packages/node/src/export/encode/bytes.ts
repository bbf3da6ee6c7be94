// Protobuf's wire format. https://protobuf.dev/programming-guides/encoding/

/** Shorter texts are written faster here than by a call into native code. */
const SHORT = 48
const NIBBLE = new Uint8Array(256)
for (let i = 0; i < 16; i++) {
  NIBBLE[i.toString(16).charCodeAt(0)] = i
  NIBBLE[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

/** A buffer that grows; fields of protobuf messages are written at its end. `tag` is (field number << 3) | wire type. */
export class Bytes {
  buffer: Buffer
  length = 0

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity)
  }

  /** Make room for `size` more bytes. */
  reserve(size: number): void {
    const needed = this.length + size
    if (needed <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.length++] = value
  }

  /** An integer as int64: up to ten bytes, negative ones as two's complement. */
  varint(value: number): void {
    this.reserve(10)
    if (value >= 0 && value < 0x8000_0000) {
      this.length = putVarint(this.buffer, this.length, value)
      return
    }
    let low = value >>> 0
    let high = Math.floor(value / 0x1_0000_0000) >>> 0
    while (high > 0 || low > 127) {
      this.buffer[this.length++] = (low & 127) | 128
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.buffer[this.length++] = low
  }

  varintField(tag: number, value: number): void {
    this.byte(tag)
    this.varint(value)
  }

  fixed32(value: number): void {
    this.reserve(4)
    this.length = putFixed32(this.buffer, this.length, value)
  }

  double(value: number): void {
    this.reserve(8)
    this.length = this.buffer.writeDoubleLE(value, this.length)
  }

  /** [seconds, nanoseconds] as nanoseconds in a fixed64: too large for a number, too many for BigInt. */
  timeField(tag: number, [seconds, nanos]: readonly [number, number]): void {
    this.reserve(9)
    // seconds * 10⁹ in two parts that are exact: the lower 16 bits of the seconds and the rest.
    const lower = (seconds & 0xffff) * 1e9
    const upper = ((seconds / 0x1_0000) >>> 0) * 1e9
    const low = (lower >>> 0) + (((upper & 0xffff) << 16) >>> 0) + nanos
    const high =
      Math.floor(lower / 0x1_0000_0000) + Math.floor(upper / 0x1_0000) + Math.floor(low / 0x1_0000_0000)
    this.buffer[this.length] = tag
    this.length = putFixed32(this.buffer, putFixed32(this.buffer, this.length + 1, low), high)
  }

  /** Bytes given as hexadecimal text: trace and span ids. */
  hexField(tag: number, text: string): void {
    const size = text.length >> 1
    this.reserve(size + 6)
    const { buffer } = this
    buffer[this.length] = tag
    let at = putVarint(buffer, this.length + 1, size)
    for (let i = 0; i < size * 2; i += 2) {
      buffer[at++] = (NIBBLE[text.charCodeAt(i) & 255]! << 4) | NIBBLE[text.charCodeAt(i + 1) & 255]!
    }
    this.length = at
  }

  stringField(tag: number, value: string): void {
    const text = typeof value === 'string' ? value : String(value)
    const size = utf8Size(text)
    this.reserve(size + 6)
    this.buffer[this.length] = tag
    this.length = putVarint(this.buffer, this.length + 1, size)
    this.utf8(text, size)
  }

  bytesField(tag: number, bytes: Uint8Array): void {
    this.reserve(bytes.length + 6)
    this.buffer[this.length] = tag
    this.length = putVarint(this.buffer, this.length + 1, bytes.length)
    this.raw(bytes, bytes.length)
  }

  /** The first `size` of `bytes`, as they are. */
  raw(bytes: Uint8Array, size: number): void {
    this.reserve(size)
    if (size < SHORT) for (let i = 0; i < size; i++) this.buffer[this.length + i] = bytes[i]!
    else this.buffer.set(size === bytes.length ? bytes : bytes.subarray(0, size), this.length)
    this.length += size
  }

  /** `text`, whose size in UTF-8 is known and for which there is room. */
  utf8(text: string, size: number): void {
    const { buffer } = this
    let at = this.length
    this.length = at + size
    if (size > SHORT || size !== text.length) buffer.write(text, at, 'utf8')
    else for (let i = 0; i < size; i++) buffer[at++] = text.charCodeAt(i)
  }

  /** Begin a message in a field; `end()` with what this returns. `width`: how many bytes its length likely has. */
  begin(tag: number, width = 1): number {
    this.reserve(1 + width)
    this.buffer[this.length] = tag
    this.length += 1 + width
    return this.length
  }

  end(start: number, width = 1): void {
    const size = this.length - start
    const shift = varintSize(size) - width
    if (shift !== 0) {
      this.reserve(Math.max(shift, 0))
      this.buffer.copyWithin(start + shift, start, this.length)
      this.length += shift
    }
    putVarint(this.buffer, start - width, size)
  }
}

/** How many bytes `text` has in UTF-8. */
export function utf8Size(text: string): number {
  const { length } = text
  if (length > SHORT) return Buffer.byteLength(text)
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text)
  return length
}

export function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5
}

/** Writes a whole number below 2³² and answers where it ends. There must be room. */
export function putVarint(buffer: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

function putFixed32(buffer: Uint8Array, at: number, value: number): number {
  buffer[at] = value
  buffer[at + 1] = value >>> 8
  buffer[at + 2] = value >>> 16
  buffer[at + 3] = value >>> 24
  return at + 4
}
