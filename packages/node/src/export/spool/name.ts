import type { Signal } from '../../options/read.ts'

// What can be known of a file in the spool without reading it stands in its name:
//
//   <stamp>-<id>-<host>-<items>-<bytes>-<unsure>.<signal>.<content>.otlp[.<owner>]
//
// The stamp orders the files; the owner is there while a process writes or delivers the file.

/** `zipkin` is JSON too, but no OTLP. */
export type Content = 'protobuf' | 'json' | 'zipkin'

export interface Entry {
  /** As it is on disk now. */
  readonly file: string
  /** Milliseconds since 1970 when it was written, but always more than every earlier one. */
  readonly stamp: number
  readonly id: string
  /** Hash of the collector's host name: telemetry goes nowhere else than it was meant to go. */
  readonly host: string
  readonly items: number
  readonly bytes: number
  /** An attempt had no answer: the collector may have it. */
  readonly unsure: boolean
  readonly signal: Signal
  readonly content: Content
  readonly owner: string | undefined
}

const NAME =
  /^(\d{15,16})-([0-9a-f]{8})-([0-9a-f]{8})-(\d{1,9})-(\d{1,10})-([01])\.(traces|metrics|logs)\.(protobuf|json|zipkin)\.otlp(?:\.([0-9a-f]{8}-\d{1,10}-\d{1,20}-\d{1,10}))?$/

/** Undefined: not a name of ours. */
export function parseName(file: string): Entry | undefined {
  const parts = NAME.exec(file)
  if (!parts) return undefined
  return {
    file,
    stamp: Number(parts[1]),
    id: parts[2]!,
    host: parts[3]!,
    items: Number(parts[4]),
    bytes: Number(parts[5]),
    unsure: parts[6] === '1',
    signal: parts[7] as Signal,
    content: parts[8] as Content,
    owner: parts[9],
  }
}

export function nameOf(entry: Omit<Entry, 'file'>): string {
  const { stamp, id, host, items, bytes, unsure, signal, content, owner } = entry
  const numbers = `${String(stamp).padStart(15, '0')}-${id}-${host}-${items}-${bytes}-${unsure ? 1 : 0}`
  return `${numbers}.${signal}.${content}.otlp${owner === undefined ? '' : `.${owner}`}`
}

export function byAge(a: Entry, b: Entry): number {
  return a.stamp - b.stamp || (a.file < b.file ? -1 : 1)
}

/** 32-bit FNV-1a in hex: tells names apart, protects nothing. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
