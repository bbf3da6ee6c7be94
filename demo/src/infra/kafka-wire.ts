// The few bytes of Kafka's wire protocol that the relay reads and rewrites.
// A request:  int32 size, int16 API key, int16 version, int32 correlation id, string client id, …
// An answer:  int32 size, int32 correlation id, …

export const API = { fetch: 1, metadata: 3, findCoordinator: 10, versions: 18, createTopics: 19 } as const

/** Highest version of an API that the mock cluster really speaks, where it offers more. */
const CAPS: ReadonlyMap<number, number> = new Map([
  [8, 7], // OffsetCommit
  [9, 5], // OffsetFetch
  [11, 5], // JoinGroup
  [12, 3], // Heartbeat
  [13, 1], // LeaveGroup
  [14, 3], // SyncGroup
  [22, 2], // InitProducerId
])
/** The new consumer protocol crashes the mock cluster. */
const CONSUMER_GROUP_HEARTBEAT = 68
const CREATE_TOPICS_VERSIONS = [0, 2] as const
const MAX_WAIT_MS = 50
const MAX_FRAME = 128 * 1024 * 1024

/** Cuts a byte stream into frames (with their size). A size that cannot be is an end: the rest is not read. */
export function frameSplitter(onFrame: (frame: Buffer) => void): (data: Buffer) => void {
  let chunks: Buffer[] = []
  let have = 0
  let need = 4
  return (data) => {
    chunks.push(data)
    have += data.length
    // Joined only when a whole frame is there: a large one arrives in many pieces.
    while (have >= need && need <= MAX_FRAME) {
      const bytes: Buffer = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      need = have >= 4 ? 4 + bytes.readUInt32BE(0) : 4
      if (have < need) {
        chunks = [bytes]
        return
      }
      onFrame(bytes.subarray(0, need))
      chunks = [bytes.subarray(need)]
      have -= need
      need = 4
    }
  }
}

/** The Fetch request with a short `maxWait`: the mock cluster does not wake a waiting fetch for new records. */
export function cappedMaxWait(request: Buffer): Buffer {
  const version = request.readInt16BE(6)
  const afterClientId = 14 + Math.max(request.readInt16BE(12), 0)
  // From version 12 on an (empty) tag section follows, from 15 on the replica id is gone.
  const at = afterClientId + (version >= 12 ? 1 : 0) + (version >= 15 ? 0 : 4)
  if (request.readInt32BE(at) > MAX_WAIT_MS) request.writeInt32BE(MAX_WAIT_MS, at)
  return request
}

/** The ApiVersions answer: what breaks taken out, CreateTopics put in. */
export function ownVersions(answer: Buffer): Buffer {
  if (answer.readInt16BE(8) !== 0) return answer // "unsupported version": the client asks again with a lower one
  const count = answer.readInt32BE(10)
  const end = 14 + 6 * count
  const entries: Buffer[] = []
  for (let at = 14; at < end; at += 6) {
    const entry = Buffer.from(answer.subarray(at, at + 6))
    const cap = CAPS.get(entry.readInt16BE(0))
    if (cap !== undefined && entry.readInt16BE(4) > cap) entry.writeInt16BE(cap, 4)
    if (entry.readInt16BE(0) !== CONSUMER_GROUP_HEARTBEAT) entries.push(entry)
  }
  const createTopics = Buffer.alloc(6)
  createTopics.writeInt16BE(API.createTopics, 0)
  createTopics.writeInt16BE(CREATE_TOPICS_VERSIONS[0], 2)
  createTopics.writeInt16BE(CREATE_TOPICS_VERSIONS[1], 4)
  entries.push(createTopics)

  const out = Buffer.concat([answer.subarray(0, 14), ...entries, answer.subarray(end)])
  out.writeInt32BE(out.length - 4, 0)
  out.writeInt32BE(entries.length, 10)
  return out
}

/** The answer with the relay's port instead of the broker's, and the broker named as controller. */
export function ownAddress(answer: Buffer, ports: { from: number; to: number }): Buffer {
  const out = Buffer.from(answer)
  // Looked for as bytes: where they stand is another place in each of a dozen versions.
  const from = address(ports.from)
  const to = address(ports.to)
  for (let at = out.indexOf(from); at >= 0; at = out.indexOf(from, at + from.length)) to.copy(out, at)
  // The cluster says that broker 0 is the controller; its one broker is 1.
  const cluster = /mockCluster[0-9a-f]{1,8}/.exec(out.toString('latin1'))
  if (cluster) {
    const at = cluster.index + cluster[0].length
    if (out.length >= at + 4 && out.readInt32BE(at) === 0) out.writeInt32BE(1, at)
  }
  return out
}

function address(port: number): Buffer {
  const bytes = Buffer.from('127.0.0.1\0\0\0\0', 'latin1')
  bytes.writeInt32BE(port, bytes.length - 4)
  return bytes
}
