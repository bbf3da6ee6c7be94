import type { IdGenerator } from '@opentelemetry/sdk-trace'
import type { TraceIdKind } from './config.ts'

/** Span ids made at once. */
const BLOCK = 128
const SPAN_ID = 16
const TRACE_ID = 32

/**
 * Random ids, made in blocks: a quarter of the time of upstream's generator. Both kinds of trace id have the
 * 56 random bits that the random flag promises (a UUIDv7 ends in 62 of them).
 * https://www.w3.org/TR/trace-context-2/#random-trace-id-flag
 */
export class Ids implements IdGenerator {
  readonly #words = new Uint32Array(BLOCK * 2)
  readonly #bytes = Buffer.from(this.#words.buffer)
  readonly #ordered: boolean
  #text = ''
  #at = 0

  /** @param kind `uuidv7`: trace ids that sort by time */
  constructor(kind: TraceIdKind = 'random') {
    this.#ordered = kind === 'uuidv7'
  }

  generateTraceId(): string {
    const random = this.#take(TRACE_ID)
    return this.#ordered ? uuidv7(Date.now(), random) : random
  }

  generateSpanId(): string {
    return this.#take(SPAN_ID)
  }

  #take(length: number): string {
    if (this.#at + length > this.#text.length) this.#refill()
    return this.#text.slice(this.#at, (this.#at += length))
  }

  #refill(): void {
    const words = this.#words
    for (let i = 0; i < words.length; i += 2) {
      words[i] = Math.random() * 0x1_0000_0000
      // An id of zeros is invalid.
      words[i + 1] = Math.random() * 0x1_0000_0000 || 1
    }
    this.#text = this.#bytes.toString('hex')
    this.#at = 0
  }
}

/** The variant's two bits, 10, before the last two of a hex digit. */
const VARIANT: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('0123456789abcdef', (digit, value) => [digit, '89ab'[value & 3]!]),
)
let millisecond = -1
let prefix = ''

/** RFC 9562, 5.7, without its dashes: 48 bits of time, version 7, 12 random bits, variant 10, 62 random bits. */
function uuidv7(now: number, random: string): string {
  if (now !== millisecond) {
    millisecond = now
    prefix = `${now.toString(16).padStart(12, '0')}7`
  }
  return prefix + random.slice(13, 16) + VARIANT[random[16]!]! + random.slice(17)
}
