import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Script } from 'node:vm'
import { say } from '@waybill/core/report'
import { untraced } from './lazy.ts'

/**
 * Leave compiled code for later processes, each file whole or not at all. Never throws: there may be no place that this
 * process may write to.
 *
 * @param scripts by the file that is to hold their code
 */
export function writeCode(scripts: ReadonlyMap<string, Script>): void {
  try {
    untraced(() => {
      for (const [file, script] of scripts) {
        const unfinished = `${file}.${process.pid}`
        mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
        // Not flushed to the disk: what a power loss leaves is shorter, and V8 knows the length it must have.
        writeFileSync(unfinished, script.createCachedData(), { flag: 'wx', mode: 0o644 })
        renameSync(unfinished, file)
      }
    })
  } catch (error) {
    if (process.env.OTEL_LOG_LEVEL === 'debug') say(`no compiled code is kept: ${(error as Error).message}`)
  }
}
