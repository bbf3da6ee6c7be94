// All options. Read with the SDK; before it only where a variable is not plainly right, or a file is named.
import { fstatSync } from 'node:fs'
import type { Env } from '@waybill/core/env'
import { load } from './lazy.ts'
import type * as BannerModule from './options/banner.ts'
import type * as CodeModule from './options/code.ts'
import type { InCode } from './options/code.ts'
import type * as FileModule from './options/file.ts'
import type * as InstrumentationsModule from './options/instrumentations.ts'
import type * as ProblemsModule from './options/problems.ts'
import type * as ValidateModule from './options/validate.ts'
import { Reader } from './options/reader.ts'
import { readWith, type Options } from './options/read.ts'
import { OPTIONS } from './options/table.ts'
import { isThread } from './threads.ts'

export interface AllOptions {
  readonly options: Options
  /**
   * Say what is wrong, one line each. With `WAYBILL_STRICT=true` this ends the process where anything is.
   * The app's own threads say nothing: they read what the process has read.
   */
  tell(): void
  /**
   * The line of the start, where it is wanted: by default where stderr is a terminal.
   * @param libraries how many are watched for
   */
  banner(libraries: number): void
}

/** Options of code, of the environment and, where one is named, of the configuration file. */
export function readAll(env: Env = process.env, inCode?: InCode): AllOptions {
  const code = inCode && (load('options/code') as typeof CodeModule).mapCode(inCode)
  let reader = new Reader(env, undefined, code?.byVariable)
  const named = reader.given(OPTIONS.configFile)
  const file = named && (load('options/file') as typeof FileModule).readConfigFile(named, env)
  if (file) reader = new Reader(env, file, code?.byVariable)
  const reading = readWith(reader)
  const { problems } = reading
  let { options } = reading
  if (file) options = file.complete(options)
  if (code) options = code.complete(options, reading.options)
  if (reader.instrumentations.size > 0 || file?.instrumentations.length || code) {
    const { readInstrumentations } = load('options/instrumentations') as typeof InstrumentationsModule
    const config = readInstrumentations(
      reader.instrumentations,
      file?.instrumentations ?? [],
      problems,
      code?.instrumentations,
    )
    options = { ...options, integrations: { ...options.integrations, config } }
  }
  return {
    options,
    tell() {
      if (isThread()) return
      const all = [...(code?.problems ?? []), ...(file?.problems ?? []), ...problems]
      // What the schema has against a file in which we find nothing wrong changes nothing: a second opinion.
      if (file?.place && (reading.strict || all.length > 0)) {
        const { validate } = load('options/validate') as typeof ValidateModule
        all.push(...validate(named!.text, file.place, all))
      }
      if (all.length === 0 && reader.unasked.size === 0) return
      const { tellProblems } = load('options/problems') as typeof ProblemsModule
      tellProblems({ problems: all, unasked: reader.unasked }, reading.strict)
    },
    banner(libraries) {
      if (isThread() || !(options.banner ?? isTerminal())) return
      const { tellBanner } = load('options/banner') as typeof BannerModule
      tellBanner(options, libraries)
    },
  }
}

/** Not `process.stderr.isTTY`: reading that makes a stream, which costs every process some milliseconds. */
function isTerminal(): boolean {
  try {
    // After one of a pipe without `bigint`, Node 22 follows no links to packages any more.
    return fstatSync(2, { bigint: true }).isCharacterDevice()
  } catch {
    return false
  }
}
