import type { Env } from '@waybill/core/env'
import type * as AllModule from './all-options.ts'
import { load } from './lazy.ts'
import type { InCode } from './options/code.ts'
import type { Options } from './options/options.ts'
import { readQuickly, type EarlyOptions } from './options/quick.ts'

export interface Loaded {
  readonly early: EarlyOptions
  /** All of them; read when they are first asked for. */
  readonly options: () => Options
  /** See AllOptions. */
  readonly tell: () => void
  readonly banner: (libraries: number) => void
}

/** The options of this process: at once those that the preload needs, the others when they are asked for. */
export function loadOptions(env: Env = process.env, inCode?: InCode): Loaded {
  let all: AllModule.AllOptions | undefined
  const readAll = (): AllModule.AllOptions =>
    (all ??= (load('all-options') as typeof AllModule).readAll(env, inCode))
  const quick = inCode ? undefined : readQuickly(env)
  return {
    early: quick ?? earlyOf(readAll().options),
    options: () => readAll().options,
    tell: () => {
      if (!quick) readAll().tell()
    },
    banner: (libraries) => readAll().banner(libraries),
  }
}

function earlyOf({ disabled, debug, integrations, exporters }: Options): EarlyOptions {
  return { disabled, debug, integrations, metrics: exporters.metrics.length > 0 }
}
