import type { Cut, Encoder, Request } from './encoder.ts'
import { halve } from './points.ts'

/** A request above this is split, where it has more than one record. */
const MAX_REQUEST_BYTES = 3 * 1024 * 1024

type Serialize<T> = (part: T) => Uint8Array | undefined

/** Keeps the records until the batch is encoded as a whole. */
export class JsonEncoder<T> implements Encoder<T> {
  readonly #serialize: Serialize<T[]>
  #records: T[] = []
  /** Not known before the batch is encoded. */
  readonly bytes = 0

  constructor(serialize: Serialize<T[]>) {
    this.#serialize = serialize
  }

  get items(): number {
    return this.#records.length
  }

  add(record: T): void {
    this.#records.push(record)
  }

  undo(): void {
    this.#records.pop()
  }

  cut(): Cut {
    const records = this.#records
    this.#records = []
    return {
      items: records.length,
      bytes: 0,
      requests: () => fit(records, this.#serialize, (part) => part.length, halve<T>),
    }
  }
}

/** Serialize `whole`; where that is too large, its halves. */
export function fit<T>(
  whole: T,
  serialize: Serialize<T>,
  count: (part: T) => number,
  parts: (part: T) => readonly T[],
): Request[] {
  const bytes = serialize(whole)
  if (!bytes) throw new Error('the serializer returned nothing')
  if (bytes.byteLength > MAX_REQUEST_BYTES) {
    const halves = parts(whole)
    if (halves.length > 1) return halves.flatMap((half) => fit(half, serialize, count, parts))
  }
  return [{ bytes: own(bytes), items: count(whole) }]
}

/** Bytes whose buffer is theirs alone: a view into a shared pool cannot be transferred. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const alone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return alone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
