import { closeSync, openSync, writeSync } from 'node:fs'

export interface OtlpFile {
  /** Append one export request. */
  write(request: unknown): void
  /** @returns how many requests were written */
  close(): number
}

/**
 * A file of OTLP/JSON export requests, one a line; what was there is replaced.
 *
 * @throws Error when it cannot be written
 */
export function openOtlpFile(path: string): OtlpFile {
  const file = opened(path)
  let written = 0
  return {
    write(request) {
      writeSync(file, `${JSON.stringify(request)}\n`)
      written++
    },
    close() {
      closeSync(file)
      return written
    },
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new Error(`--otlp cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`, { cause: error })
  }
}
