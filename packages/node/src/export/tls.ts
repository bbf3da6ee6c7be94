import { readFileSync, statSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { report } from '@waybill/core/report'
import type { Endpoint } from '../options/endpoint.ts'

const PARTS = ['ca', 'cert', 'key'] as const
/** Certificates are renewed in place: the files are looked at again after so many milliseconds. */
const LOOK_AFTER = 5000

/** The certificates an endpoint names, read again when their files change. */
export class Certificates {
  readonly #files: Endpoint['tls']
  readonly #any: boolean
  #options: SecureContextOptions = {}
  #seen = ''
  #lookedAt = -Infinity

  constructor({ tls }: Pick<Endpoint, 'tls'>) {
    this.#files = tls
    this.#any = PARTS.some((part) => tls[part] !== undefined)
  }

  /** The options for new connections; another object when a file has changed. */
  read(): SecureContextOptions {
    if (!this.#any || performance.now() - this.#lookedAt < LOOK_AFTER) return this.#options
    this.#lookedAt = performance.now()
    const state = PARTS.map((part) => stateOf(this.#files[part])).join(' ')
    if (state === this.#seen) return this.#options
    this.#seen = state
    const options: SecureContextOptions = {}
    for (const part of PARTS) {
      const bytes = this.#read(part)
      if (bytes !== undefined) options[part] = bytes
    }
    return (this.#options = options)
  }

  /** A file that cannot be read is said; what was read of it before is used on, or it is left out. */
  #read(part: (typeof PARTS)[number]): Buffer | undefined {
    const file = this.#files[part]
    if (file === undefined) return undefined
    try {
      return readFileSync(file)
    } catch (error) {
      const before = this.#options[part] as Buffer | undefined
      report(
        'WAYBILL_BAD_VALUE',
        `the ${part} file ${file} cannot be read: ${(error as Error).message}. ${before ? 'What it was before is used' : 'It is left out'}.`,
      )
      return before
    }
  }
}

function stateOf(file: string | undefined): string {
  if (file === undefined) return '-'
  try {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return 'missing'
  }
}
