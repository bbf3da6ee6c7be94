import type { Entry } from './name.ts'

// A file of the spool: "waybill1", CRC-32 of all that follows the CRC, length of the JSON (both 32 bits, big
// endian), the JSON, and the request's body as it goes to the collector. No headers: they may be credentials.

const MAGIC = Buffer.from('waybill1')
const FIXED = 16
const MAX_META = 4096

/** What a person, or `waybill doctor`, wants to know of a file. */
export interface Meta {
  readonly service: string
  /** Where it was meant to go: scheme, host and path. */
  readonly url: string
}

/** The parts of a file, to be written one after the other. */
export function encodeRecord(
  meta: Meta & Pick<Entry, 'signal' | 'content' | 'items'>,
  body: Uint8Array,
): Buffer[] {
  const { crc32 } = process.getBuiltinModule('node:zlib')
  const { service, url, signal, content, items } = meta
  // Names are cut: what comes from outside must not make the head longer than it is read back.
  const json = { service: service.slice(0, 200), url: url.slice(0, 500), signal, content, items }
  const text = Buffer.from(JSON.stringify(json))
  const head = Buffer.alloc(FIXED)
  MAGIC.copy(head)
  head.writeUInt32BE(text.length, 12)
  head.writeUInt32BE(crc32(body, crc32(text, crc32(head.subarray(12)))), 8)
  return [head, text, Buffer.from(body.buffer, body.byteOffset, body.byteLength)]
}

/** The body; undefined where the file is torn, changed, or not the one its name says. */
export function decodeRecord(file: Buffer<ArrayBuffer>, entry: Entry): Uint8Array<ArrayBuffer> | undefined {
  const { crc32 } = process.getBuiltinModule('node:zlib')
  if (file.length < FIXED || !file.subarray(0, 8).equals(MAGIC)) return undefined
  if (file.readUInt32BE(8) !== crc32(file.subarray(12))) return undefined
  const length = file.readUInt32BE(12)
  if (length > MAX_META || FIXED + length > file.length) return undefined
  const { signal, content, items } = parse(file.toString('utf8', FIXED, FIXED + length))
  if (signal !== entry.signal || content !== entry.content || items !== entry.items) return undefined
  return file.subarray(FIXED + length)
}

function parse(text: string): Partial<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
