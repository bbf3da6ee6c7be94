import type { Resource } from '@opentelemetry/resources'
import { Bytes, putVarint, varintSize } from './bytes.ts'
import type { Cut, Encoder, Recorded, Request, Scope } from './encoder.ts'
import { writeAttributes } from './value.ts'

/** A scope's buffer that grew beyond this is not kept for the next batch. */
const MAX_KEPT = 256 * 1024

/**
 * Encodes each record when it is added, into the buffer of its scope, so that nothing of the app is held and a
 * batch needs no more than to be put together. Spans and log records alike: their requests differ in the record
 * only (field numbers of resource and scope are the same in both).
 */
export class ProtobufEncoder<T extends Recorded> implements Encoder<T> {
  readonly #resource: Resource
  readonly #encode: (out: Bytes, record: T) => void
  #scopes = new Map<Scope, ScopeBytes>()
  /** The scope of the record added last, as one scope often ends several in a row. */
  #last: ScopeBytes | undefined
  #lastStart = 0
  #resourceField: Uint8Array | undefined
  items = 0
  bytes = 0

  constructor(resource: Resource, encode: (out: Bytes, record: T) => void) {
    this.#resource = resource
    this.#encode = encode
  }

  add(record: T): void {
    const scope = record.instrumentationScope
    let last = this.#last
    if (last?.scope !== scope) {
      last = this.#scopes.get(scope)
      if (!last) this.#scopes.set(scope, (last = new ScopeBytes(scope)))
      this.#last = last
    }
    const { records } = last
    const start = records.length
    try {
      this.#encode(records, record)
    } catch (error) {
      records.length = start
      throw error
    }
    this.#lastStart = start
    this.bytes += records.length - start
    this.items++
  }

  undo(): void {
    const { records } = this.#last!
    this.bytes -= records.length - this.#lastStart
    records.length = this.#lastStart
    this.items--
  }

  cut(): Cut {
    const { items, bytes } = this
    const scopes = [...this.#scopes.values()].filter(({ records }) => records.length > 0)
    this.#scopes = new Map()
    this.#last = undefined
    this.items = this.bytes = 0
    return { items, bytes, requests: () => [{ items, bytes: this.#assemble(scopes) }] }
  }

  #assemble(scopes: readonly ScopeBytes[]): Request['bytes'] {
    // An attribute that never settles is missing now, and may be there in the next request.
    const resource = this.#resourceField ?? resourceField(this.#resource)
    if (!this.#resource.asyncAttributesPending) this.#resourceField = resource
    let content = resource.length
    for (const scope of scopes) content += scope.fieldSize
    const bytes = new Uint8Array(1 + varintSize(content) + content)
    bytes[0] = 0x0a
    let at = putVarint(bytes, 1, content)
    bytes.set(resource, at)
    at += resource.length
    for (const scope of scopes) {
      at = scope.write(bytes, at)
      this.#reuse(scope)
    }
    return bytes
  }

  /** Scopes come again with the next batch: its buffer is there already. */
  #reuse(scope: ScopeBytes): void {
    if (this.#scopes.has(scope.scope) || scope.records.buffer.length > MAX_KEPT) return
    scope.records.length = 0
    this.#scopes.set(scope.scope, scope)
  }
}

/** The records of one scope, encoded. */
class ScopeBytes {
  readonly scope: Scope
  readonly #head: Uint8Array
  readonly #tail: Uint8Array
  readonly records = new Bytes()

  constructor(scope: Scope) {
    this.scope = scope
    const out = new Bytes(128)
    const start = out.begin(0x0a)
    out.stringField(0x0a, scope.name)
    if (scope.version) out.stringField(0x12, scope.version)
    writeAttributes(out, 0x1a, scope.attributes)
    if (scope.droppedAttributesCount) out.varintField(0x20, scope.droppedAttributesCount)
    out.end(start)
    this.#head = out.buffer.subarray(0, out.length)
    this.#tail = schemaUrlField(scope.schemaUrl)
  }

  /** Bytes of this as a field of ResourceSpans. */
  get fieldSize(): number {
    const size = this.#head.length + this.records.length + this.#tail.length
    return 1 + varintSize(size) + size
  }

  write(bytes: Uint8Array, begin: number): number {
    const head = this.#head
    const { buffer, length } = this.records
    bytes[begin] = 0x12
    let at = putVarint(bytes, begin + 1, head.length + length + this.#tail.length)
    bytes.set(head, at)
    at += head.length
    bytes.set(buffer.subarray(0, length), at)
    at += length
    bytes.set(this.#tail, at)
    return at + this.#tail.length
  }
}

/** Resource and schema URL of ResourceSpans. The order of fields is free. */
function resourceField(resource: Resource): Uint8Array {
  const out = new Bytes()
  const start = out.begin(0x0a)
  writeAttributes(out, 0x0a, resource.attributes)
  out.end(start)
  const tail = schemaUrlField(resource.schemaUrl)
  out.raw(tail, tail.length)
  return out.buffer.subarray(0, out.length)
}

function schemaUrlField(schemaUrl: string | undefined): Uint8Array {
  const out = new Bytes(64)
  if (schemaUrl) out.stringField(0x1a, schemaUrl)
  return out.buffer.subarray(0, out.length)
}
