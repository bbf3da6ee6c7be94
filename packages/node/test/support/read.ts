import { readConfigFile } from '../../src/options/file.ts'
import { readInstrumentations } from '../../src/options/instrumentations.ts'
import type { Options } from '../../src/options/options.ts'
import { describe as describeProblems } from '../../src/options/problems.ts'
import { Reader } from '../../src/options/reader.ts'
import { validate } from '../../src/options/validate.ts'
import { readWith } from '../../src/options/read.ts'

/** What the preload reads of `env`, and the lines it would print, without `waybill: `. */
export function read(env: Record<string, string>): { options: Options; lines: string[]; strict: boolean } {
  const path = env['OTEL_CONFIG_FILE']
  const file = path === undefined ? undefined : readConfigFile({ text: path, from: 'OTEL_CONFIG_FILE' }, env)
  const reader = new Reader(env, file)
  const { options, problems, strict } = readWith(reader)
  const config = readInstrumentations(reader.instrumentations, file?.instrumentations ?? [], problems)
  const completed = file ? file.complete(options) : options
  const all = [...(file?.problems ?? []), ...problems]
  if (file?.place) all.push(...validate(path!, file.place, all))
  return {
    options: { ...completed, integrations: { ...completed.integrations, config } },
    lines: describeProblems({ problems: all, unasked: reader.unasked }).map(
      ({ code, text }) => `${code}: ${text}`,
    ),
    strict,
  }
}
