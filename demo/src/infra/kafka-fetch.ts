import { connect, type Socket } from 'node:net'
import { API, frameSplitter } from './kafka-wire.ts'

// The mock cluster answers a fetch with one stored record batch a partition, whatever more there is; a real broker
// answers with all that fits. So the relay fetches what follows and puts it behind.

/** Versions whose answers are read here: before 4 records have an older form, from 12 on answers have another one. */
const VERSIONS = { min: 4, max: 11 } as const
/** Bounds of what one answer gets for one partition. */
const MAX_BATCHES = 200
const MAX_BYTES = 1024 * 1024

/** The records of one partition in an answer. */
interface Part {
  topic: string
  partition: number
  /** Where the length of the records stands; they follow it. */
  at: number
  records: Buffer
}

/** The Fetch answer with the records that follow those in it. */
export async function withMoreRecords(answer: Buffer, version: number, more: MoreRecords): Promise<Buffer> {
  if (version < VERSIONS.min || version > VERSIONS.max) return answer
  const pieces: Buffer[] = []
  let copied = 0
  for (const part of partsOf(answer, version)) {
    const records = await following(part, more)
    if (records.length === 1) continue
    const length = Buffer.alloc(4)
    length.writeInt32BE(records.reduce((sum, { length }) => sum + length, 0))
    pieces.push(answer.subarray(copied, part.at), length, ...records)
    copied = part.at + 4 + part.records.length
  }
  if (copied === 0) return answer
  const out = Buffer.concat([...pieces, answer.subarray(copied)])
  out.writeInt32BE(out.length - 4, 0)
  return out
}

async function following({ topic, partition, records }: Part, more: MoreRecords): Promise<Buffer[]> {
  const all = [records]
  let bytes = records.length
  let last: Buffer | undefined = records
  while (last && all.length < MAX_BATCHES && bytes < MAX_BYTES) {
    const offset = offsetAfter(last)
    last = offset === undefined ? undefined : await more.fetch(topic, partition, offset)
    if (last) all.push(last)
    bytes += last?.length ?? 0
  }
  return all
}

/** A connection of its own to the broker, for fetching what follows. One request at a time. */
export class MoreRecords {
  readonly #upstream: number
  #socket: Socket | undefined
  #answered: ((answer: Buffer | undefined) => void) | undefined

  constructor(upstream: number) {
    this.#upstream = upstream
  }

  /** @returns the records at `offset`, undefined where there are none (yet) */
  async fetch(topic: string, partition: number, offset: bigint): Promise<Buffer | undefined> {
    const answer = await new Promise<Buffer | undefined>((resolve) => {
      this.#answered = resolve
      this.#connected().write(fetchRequest(topic, partition, offset))
    })
    const records = answer && partsOf(answer, VERSIONS.min)[0]?.records
    return records?.length ? records : undefined
  }

  close(): void {
    this.#socket?.destroy()
  }

  #connected(): Socket {
    if (this.#socket && !this.#socket.destroyed) return this.#socket
    const socket = connect(this.#upstream, '127.0.0.1')
    socket.setNoDelay()
    socket.on(
      'data',
      frameSplitter((answer) => this.#answered?.(answer)),
    )
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#answered?.(undefined))
    return (this.#socket = socket)
  }
}

function fetchRequest(topic: string, partition: number, offset: bigint): Buffer {
  const name = Buffer.from(topic)
  const request = Buffer.alloc(57 + name.length)
  let at = request.writeInt32BE(request.length - 4)
  at = request.writeInt16BE(API.fetch, at)
  at = request.writeInt16BE(VERSIONS.min, at)
  at = request.writeInt32BE(1, at) // correlation id
  at = request.writeInt16BE(-1, at) // no client id
  at = request.writeInt32BE(-1, at) // replica: a consumer
  at = request.writeInt32BE(0, at) // max wait
  at = request.writeInt32BE(0, at) // min bytes
  at = request.writeInt32BE(MAX_BYTES, at)
  at = request.writeInt8(0, at) // isolation level
  at = request.writeInt32BE(1, at) // topics
  at = request.writeInt16BE(name.length, at)
  at += name.copy(request, at)
  at = request.writeInt32BE(1, at) // partitions
  at = request.writeInt32BE(partition, at)
  at = request.writeBigInt64BE(offset, at)
  request.writeInt32BE(MAX_BYTES, at)
  return request
}

function partsOf(answer: Buffer, version: number): Part[] {
  const parts: Part[] = []
  let at = 8 + 4 + (version >= 7 ? 6 : 0) // size, correlation id; throttle time; error code, session id
  const int32 = (): number => {
    at += 4
    return answer.readInt32BE(at - 4)
  }
  for (let topics = int32(); topics > 0; topics--) {
    const length = answer.readInt16BE(at)
    const topic = answer.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    for (let partitions = int32(); partitions > 0; partitions--) {
      const partition = int32()
      at += 2 + 8 + 8 + (version >= 5 ? 8 : 0) // error code, high watermark, last stable offset, log start offset
      const aborted = Math.max(int32(), 0) // transactions
      at += 16 * aborted
      if (version >= 11) at += 4 // preferred replica
      const length = Math.max(int32(), 0)
      if (length > 0) parts.push({ topic, partition, at: at - 4, records: answer.subarray(at, at + length) })
      at += length
    }
  }
  return parts
}

/** The offset after the last record, undefined where the last batch is cut off or of an old form. */
function offsetAfter(records: Buffer): bigint | undefined {
  let offset: bigint | undefined
  // A batch: int64 base offset, int32 length of what follows, …, int8 magic at 16, …, int32 last offset delta at 23
  for (let at = 0; at < records.length;) {
    if (at + 27 > records.length || records.readInt8(at + 16) !== 2) return undefined
    const end = at + 12 + records.readInt32BE(at + 8)
    if (end > records.length) return undefined
    offset = records.readBigInt64BE(at) + BigInt(records.readInt32BE(at + 23)) + 1n
    at = end
  }
  return offset
}
